"""What a report says, ready to be put into its page. In: a run's state and ways to read its logs and summaries.

Out: plain values and safe HTML. Every text that came from a run passes ``label``, and is escaped where it is put into
the page, which decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup
from msgspec import Struct

from sluice.events.model import AnnotationCreated
from sluice.events.state import RunState
from sluice.views.report.anchors import job_anchor, step_anchor
from sluice.views.report.cards import Fact, Inputs, JobCard, job_cards
from sluice.views.report.graph import draw_graph
from sluice.views.report.timeline import draw_timeline
from sluice.views.run.failures import Failure, failures, remedy_for
from sluice.views.run.headline import leaf_jobs, origin, run_seconds, run_state, title
from sluice.views.run.outline import job_state
from sluice.views.run.phrases import count_states
from sluice.views.run.sections import all_caches, cache_key, cache_word, fetched_by, place_of
from sluice.views.text.lines import label
from sluice.views.text.wording import duration, moment, short_ref, size, verdict


class Summary(Struct, frozen=True):
    """A step's summary and where it came from."""

    job: str
    anchor: str
    content: Markup


class FailedPlace(Struct, frozen=True, kw_only=True):
    """A job or step that failed: where the report shows it, how it ended, and what is known of such a failure."""

    anchor: str
    place: str
    why: str
    known: list[Fact]


class Page(Struct, frozen=True):
    """The whole report."""

    state: RunState
    inputs: Inputs
    now: float

    @property
    def title(self) -> str:
        """``CI/CD #42``."""
        return title(self.state)

    @property
    def run_name(self) -> str:
        """The run's own name, unless the title says it already."""
        name = label(self.state.facts.run_name) if self.state.facts else ""
        return "" if self.title.startswith(name) else name

    @property
    def verdict(self) -> str:
        """The state of the run, which is a class of the page's style too."""
        return run_state(self.state)

    @property
    def verdict_word(self) -> str:
        """``passed``, ``failed`` ..."""
        return verdict(self.verdict)

    @property
    def reason(self) -> str:
        """Why the run ended as it did, where that needs saying."""
        return "" if self.state.conclusion == "success" else label(self.state.reason)

    @property
    def counts(self) -> str:
        """``1 failed, 10 passed``."""
        return count_states(job_state(self.state, job) for job in leaf_jobs(self.state))

    @property
    def facts(self) -> list[Fact]:
        """What a reader wants to know first."""
        facts = self.state.facts
        if facts is None or self.state.created is None:
            return []
        trigger, _, commit = origin(facts)
        return [
            Fact("Trigger", f"{trigger} by {label(facts.actor)}"),
            Fact("Ref", label(short_ref(facts.ref))),
            Fact("Commit", f"{commit} with uncommitted changes" if facts.dirty else commit),
            Fact("Started", moment(self.state.created)),
            Fact("Took", duration(run_seconds(self.state, self.now))),
            Fact("Workflow", label(facts.workflow_file)),
        ]

    @property
    def graph(self) -> Markup:
        """The drawn graph."""
        return draw_graph(self.state)

    @property
    def timeline(self) -> Markup:
        """The drawn timeline."""
        return draw_timeline(self.state, self.now)

    @property
    def failures(self) -> list[FailedPlace]:
        """The places that failed, with what is known of such a failure."""
        return [self._told(one) for one in failures(self.state)]

    def _told(self, failure: Failure) -> FailedPlace:
        job, step = failure.job, failure.step
        allowed = "allowed by continue-on-error" if job.conclusion == "success" else ""
        known = remedy_for(failure, self.inputs.read_log)
        rows = (known.symptom, known.resolution, known.prevention) if known else ()
        return FailedPlace(
            anchor=step_anchor(job.key, step.key) if step else job_anchor(job.key),
            place=failure.place,
            why=", ".join(filter(None, (failure.why, allowed))),
            known=[Fact(name, text) for name, text in zip(("Symptom", "Resolution", "Prevention"), rows, strict=False)],
        )

    @property
    def annotations(self) -> list[tuple[AnnotationCreated, str, str, str]]:
        """Every annotation with its place in the files, its job's name, and where the report shows that job."""
        return [
            (note, place_of(note), label(job.name), job_anchor(job.key))
            for _, job in self.state.ordered_jobs()
            for note in job.annotations
        ]

    @property
    def summaries(self) -> Iterator[Summary]:
        """The steps' summaries, rendered."""
        for _, job in self.state.ordered_jobs():
            for found in job.summaries:
                step = job.steps.get(found.step)
                name = f"{label(job.name)} › {label(step.name if step else found.step)}"
                yield Summary(name, step_anchor(job.key, found.step), self._summary(found.path))

    def _summary(self, path: str) -> Markup:
        from sluice.views.report.markdown import render_markdown  # noqa: PLC0415 - most runs have no summary

        try:
            return render_markdown(self.inputs.read_summary(path))
        except OSError as error:
            return render_markdown(f"*This summary can't be read: {error.strerror}*")

    @property
    def artifacts(self) -> list[tuple[str, ...]]:
        """Name, size, files, digest, job, jobs that fetched it."""
        return [
            (
                *(label(one.name), size(one.size), str(one.files), label(one.digest), label(job.name)),
                label(", ".join(fetched_by(self.state, one.name))),
            )
            for _, job in self.state.ordered_jobs()
            for one in job.artifacts
        ]

    @property
    def caches(self) -> list[tuple[str, ...]]:
        """What happened, key, job."""
        return [(cache_word(one), label(cache_key(one)), label(one.job)) for one in all_caches(self.state)]

    @property
    def effects(self) -> list[tuple[str, ...]]:
        """Rehearsed or published, kind, target, request, job."""
        return [
            (
                "rehearsed" if one.rehearsed else "published",
                *map(label, (one.kind, one.target, one.request, one.job or "")),
            )
            for one in self.state.effects()
        ]

    @property
    def environment(self) -> list[Fact]:
        """Facts about the run and its machine."""
        facts = self.state.facts
        known = {
            "Run": self.state.run,
            "Repository": facts.repository if facts else "",
            "Folder": facts.root if facts else "",
            "Command": " ".join(facts.command) if facts else "",
            "Tested commit": facts.sha if facts else "",
            "Inputs": ", ".join(f"{name}={value}" for name, value in facts.inputs.items()) if facts else "",
            "Again from": (facts.rerun_of or "") if facts else "",
            **self.inputs.environment,
            **self._actions(),
        }
        return [Fact(label(name), label(value)) for name, value in known.items() if value]

    def _actions(self) -> dict[str, str]:
        found = {one.reference: one for job in self.state.jobs.values() for one in job.actions}
        return {
            reference: f"{one.source} at {one.commit[:12]}" if one.commit else one.source
            for reference, one in sorted(found.items())
        }

    @property
    def jobs(self) -> Iterator[JobCard]:
        """Every job run in the order of the tree."""
        return job_cards(self.state, self.inputs, self.now)
