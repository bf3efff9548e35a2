"""What stays on the terminal after a run. In: its state, its logs, a width. Out: lines, the verdict last."""

from __future__ import annotations

from shlex import quote

from sluice.events.state import RunState
from sluice.views.run.failures import command_lines, failure_block, failure_title, failures
from sluice.views.run.headline import headline, verdict_line
from sluice.views.run.logs import ReadLog
from sluice.views.run.outline import outline
from sluice.views.run.sections import sections
from sluice.views.run.tree import tree_lines
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, crop, label, line

_FAILURES_WITH_LOGS = 5
_FAILURES_NAMED = 20


def summary(state: RunState, read: ReadLog, width: int, glyphs: Glyphs, *, report: str | None = None) -> list[Line]:
    """Tree, sections, failures with the ends of their logs, verdict, where the report is: the last is read first."""
    return [
        headline(state, state.time, width, glyphs),
        BLANK,
        *tree_lines(outline(state, state.time), width, glyphs),
        BLANK,
        *sections(state, width, glyphs),
        *failure_lines(state, read, width, glyphs),
        *closing(state, width, glyphs, report=report),
    ]


def closing(state: RunState, width: int, glyphs: Glyphs, *, report: str | None = None) -> list[Line]:
    """The verdict and what to do next."""
    lines = [verdict_line(state, glyphs, width)]
    if state.conclusion not in {"success", "skipped"} and state.reason:
        lines.append(crop(line("  ", label(state.reason)), width, glyphs.ellipsis))
    commands = []
    if state.conclusion in {"failure", "cancelled", "interrupted"} and state.repeatable:
        commands.append(("run again what did not pass", f"sluice rerun --failed {quote(state.run)}"))
    lines += command_lines(commands, width)
    if report is not None:
        lines.append(line(("  Report ", "quiet"), label(report)))
    return lines


def failure_lines(state: RunState, read: ReadLog, width: int, glyphs: Glyphs) -> list[Line]:
    """What failed, the first ones with the ends of their logs and what to type next. The very first is last, where it
    is seen: others often failed because of it.
    """
    found = failures(state)
    shown, named = found[:_FAILURES_WITH_LOGS], found[_FAILURES_WITH_LOGS:]
    lines = [crop(failure_title(one, glyphs, width), width, glyphs.ellipsis) for one in named[:_FAILURES_NAMED]]
    if len(named) > _FAILURES_NAMED:
        lines.append(line((f"{glyphs.ellipsis} {len(named) - _FAILURES_NAMED} more failed", "quiet")))
    if named:
        lines.append(BLANK)
    return lines + [one for failure in reversed(shown) for one in failure_block(state, failure, read, width, glyphs)]
