"""Why a job or a step ran, or didn't. In: a run's state and a key. Out: lines with each condition and its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluice.events.model import ConditionEvaluated, TracedValue
from sluice.events.state import JobState, NodeState, RunState, StepState
from sluice.views.run.outline import job_state, step_state
from sluice.views.run.phrases import is_default, state_word, wait_phrase
from sluice.views.text.lines import BLANK, ENDLESS, Line, Piece, cells, fit, fold, label, line, pad

_INDENT, _SHORTEST_NAME = 4, 24


def explain_job(state: RunState, key: str, width: int = ENDLESS) -> list[Line]:
    """The job's needs, its conditions and its end; then every step that did not simply run. Lines of ``width``."""
    job = state.jobs[key]
    found = job_state(state, job)
    lines = [line((label(job.name), "strong"), "  ", (state_word(found), found)), BLANK]
    lines += _needs(state, state.nodes.get(job.node))
    conditions = state.conditions_of(key)
    for condition in conditions:
        lines += _condition(condition)
    lines += _end(state, job, decided=bool(conditions))
    steps = [BLANK, line(("Steps", "heading")), *_steps(job, width)] if job.steps else []
    return [*_folded(lines, width), *steps]


def _folded(lines: Sequence[Line], width: int) -> list[Line]:
    return [row for one in lines for row in fold(one, width, _INDENT)]


def explain_step(state: RunState, job: str, step: str, width: int = ENDLESS) -> list[Line]:
    """The step's conditions in the order in which they were asked, and its end. Lines of ``width``."""
    found = state.jobs[job].steps[step]
    shown = step_state(found)
    name = label(found.name or found.id or found.key)
    lines = [
        line((label(state.jobs[job].name), "quiet"), " › ", (name, "strong"), "  ", (state_word(shown), shown)),
        BLANK,
    ]
    for condition in found.conditions:
        lines += _condition(condition)
    if not found.conditions:
        lines.append(line("It has no condition of its own: it runs unless a step before it failed."))
    if found.outcome == "failure" and found.conclusion == "success":
        lines.append(line("Its outcome is failure, its conclusion success: continue-on-error lets it."))
    if found.outcome == "failure" and found.exit_code is not None:
        lines.append(line(f"It ended with exit code {found.exit_code}."))
    if found.reason:
        lines.append(line("Reason: ", (label(found.reason), "strong")))
    return _folded(lines, width)


def _condition(condition: ConditionEvaluated) -> list[Line]:
    """The expression, what it is worth, and each value in it."""
    worth = ("true", "success") if condition.result else ("false", "failure")
    lines = [line("if ", (label(condition.expression), "code"), " is ", worth)]
    parts = [part for part in condition.values if part.source != condition.expression]
    width = max((cells(label(part.source)) for part in parts), default=0)
    lines += [
        line(
            "   ",
            (pad(label(part.source), width), "quiet"),
            " is ",
            (label(part.value), "strong"),
            ("  not looked at" if part.unused else "", "quiet"),
        )
        for part in parts
    ]
    return lines


def _needs(state: RunState, node: NodeState | None) -> list[Line]:
    needs = [state.nodes[need] for need in node.needs if need in state.nodes] if node else []
    width = max((cells(label(need.name)) for need in needs), default=0)
    return [
        line("needs ", pad(label(need.name), width), "  ", (state_word(word), word), _legs(state, need))
        for need in needs
        for word in [need.conclusion or "pending"]
    ]


def _legs(state: RunState, need: NodeState) -> Piece:
    """Which legs of a needed matrix did not succeed."""
    bad = [job for job in state.runs_of(need.key) if job.conclusion in {"failure", "cancelled"}]
    if len(need.runs) < 2 or not bad:
        return Piece("")
    named = [f"{label(job.name)} {state_word(job.conclusion or '')}" for job in bad[:4]]
    more = f" and {len(bad) - len(named)} more" if len(bad) > len(named) else ""
    return Piece(f": {', '.join(named)}{more}", "quiet")


def _end(state: RunState, job: JobState, *, decided: bool) -> Iterator[Line]:
    if sentence := _stand(state, job, decided=decided):
        yield line(sentence)
    for review in job.reviews:
        answer = {None: "is asked for", True: "was given", False: "was refused"}[review.approved]
        who = f" by {label(review.reviewer)}" if review.reviewer else ""
        yield line(f"A review of {label(review.environment)} {answer}{who}.")
    if job.outcome == "failure" and job.conclusion == "success":
        yield line("Its outcome is failure, its conclusion success: continue-on-error lets it.")
    if job.reason:
        yield line("Reason: ", (label(job.reason), "strong"))


def _stand(state: RunState, job: JobState, *, decided: bool) -> str:
    """Why it is where it is, when no condition says it."""
    if job.status == "waiting":
        return f"It {wait_phrase(job)}."
    if job.status == "pending" and not job.nodes:
        node = state.nodes.get(job.node)
        needs = [label(need) for need in (node.needs if node else ()) if _unfinished(state, need)]
        return f"It has not started: it needs {', '.join(needs)}." if needs else "It has not started yet."
    if decided or job.reason:
        return ""
    if job.conclusion == "skipped":
        return "It has no condition, and something that it needs did not succeed."
    return "It has no condition of its own: it runs when everything that it needs succeeded."


def _unfinished(state: RunState, need: str) -> bool:
    return need in state.nodes and state.nodes[need].conclusion is None


def _steps(job: JobState, width: int) -> list[Line]:
    steps = job.top_steps()
    key, longest = (max(map(cells, column), default=0) for column in (_keys(steps), _names(steps)))
    name = min(longest, max(_SHORTEST_NAME, width * 9 // 20 - key))
    rows = [
        line(
            "  ",
            (pad(shown_key, key), "quiet"),
            "  ",
            pad(fit(shown_name, name), name),
            "  ",
            (state_word(step_state(step)), step_state(step)),
            *_why(step),
        )
        for step, shown_key, shown_name in zip(steps, _keys(steps), _names(steps), strict=True)
    ]
    return [one for row in rows for one in fold(row, width, key + _INDENT)]


def _keys(steps: Sequence[StepState]) -> list[str]:
    return [label(step.key) for step in steps]


def _names(steps: Sequence[StepState]) -> list[str]:
    return [label(step.name or step.id or step.key) for step in steps]


def _why(step: StepState) -> Iterator[Piece]:
    """The condition that decided, for a step that was skipped or that has one."""
    false = [one for one in step.conditions if not one.result and not (step.reason and is_default(one))]
    if false:
        values = "; ".join(f"{label(one.source)} is {label(one.value)}" for one in _looked_at(false[-1])[:4])
        yield Piece(f"  if: {label(false[-1].expression)}", "quiet")
        yield Piece(f" ({values})" if values else "", "quiet")
    elif step.reason:
        yield Piece(f"  {label(step.reason)}", "quiet")


def _looked_at(condition: ConditionEvaluated) -> list[TracedValue]:
    """What decided: not the objects on the way to a value, which the step's own explanation shows."""
    values = [one for one in condition.values if not one.unused]
    return [one for one in values if not any(_is_within(other.source, one.source) for other in values)]


def _is_within(source: str, outer: str) -> bool:
    return source.startswith((f"{outer}.", f"{outer}["))
