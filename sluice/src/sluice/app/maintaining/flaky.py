"""What fails and passes on the same commit: jobs, and tests by the JUnit reports among the runs' artifacts.

Each run of a tree with uncommitted changes is of a commit of its own, and so tells nothing of flakiness.
"""

from __future__ import annotations

import shlex
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sluice.app.maintaining.failures import NO_RUNS, workflow_of
from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.events.state import RunState
from sluice.evidence.reading import read_report
from sluice.store.files.artifacts import Artifact, FolderArtifacts
from sluice.store.runs.projection import job_label
from sluice.views.text.wording import count, duration

_LARGEST = 50 << 20
"""Bytes of a report that is read."""
_COUNT = "test/count"


class _Report(Struct, frozen=True):
    """What one JUnit report of a run says."""

    run: str
    failed: frozenset[str]


def look_at_flaky(scene: Scene) -> Section:
    """Jobs and tests that came out differently on one commit."""
    if not scene.states:
        return Section(unseen=(NO_RUNS,))
    reports = _reports(scene)
    commits = len({state.facts.sha for state in scene.states if state.facts})
    return Section(
        findings=(*_flaky_jobs(scene.states), *_flaky_tests(reports)),
        facts=(f"{count(commits, 'commit')} run, {count(sum(map(len, reports.values())), 'report')} of tests read",),
    )


def _flaky_jobs(states: Sequence[RunState]) -> Iterator[Finding]:
    ends: defaultdict[tuple[str, str, str], list[tuple[str, str, float]]] = defaultdict(list)
    for state in states:
        for job in state.jobs.values():
            if job.outcome in {"success", "failure"} and not job.nodes and not job.unavailable and state.facts:
                key = (state.facts.sha, workflow_of(state), job_label(job.key, job.name))
                ends[key].append((state.run, job.outcome, (job.completed or 0) - (job.started or 0)))
    for (sha, workflow, name), cases in ends.items():
        failed = [case for case in cases if case[1] == "failure"]
        if failed and len(failed) < len(cases):
            lost = duration(sum(case[2] for case in failed))
            yield Finding(
                text=f"{workflow}: {name} failed {len(failed)} of {len(cases)} times on {sha[:7]}, {lost} lost",
                commands=(f"sluice logs {failed[-1][0]} {shlex.quote(name)}",),
            )


def _flaky_tests(reports: dict[tuple[str, str, str], list[_Report]]) -> Iterator[Finding]:
    """Tests that one report names as failed, and another of the same name and commit does not."""
    for (sha, workflow, _), found in reports.items():
        for test in sorted(frozenset[str]().union(*(one.failed for one in found))):
            failed = [one for one in found if test in one.failed]
            if len(failed) < len(found):
                yield Finding(
                    text=f"{workflow}: the test {test} failed {len(failed)} of {len(found)} times on {sha[:7]}",
                    commands=(f"sluice show {failed[-1].run}", f"git grep --line-number {shlex.quote(_last(test))}"),
                )


def _last(test: str) -> str:
    """The test's own name, without its class and its parameters."""
    return test.rpartition("::")[2].partition("[")[0]


def _reports(scene: Scene) -> dict[tuple[str, str, str], list[_Report]]:
    """By commit, workflow and place in the artifacts."""
    found: defaultdict[tuple[str, str, str], list[_Report]] = defaultdict(list)
    for state in scene.states:
        if state.facts is None:
            continue
        for artifact in FolderArtifacts(scene.store.root / "runs" / state.run / "artifacts").entries():
            for name, data in _xml_files(artifact):
                evidence = read_report(data, source=name)
                if any(measure.name == _COUNT for measure in evidence.measures):
                    key = (state.facts.sha, workflow_of(state), f"{artifact.name}/{name}")
                    found[key].append(_Report(state.run, frozenset(one.id for one in evidence.findings)))
    return dict(found)


def _xml_files(artifact: Artifact) -> Iterator[tuple[str, bytes]]:
    if not artifact.archive:
        if artifact.name.endswith(".xml") and artifact.size <= _LARGEST:
            yield artifact.name, artifact.path.read_bytes()
        return
    with zipfile.ZipFile(artifact.path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".xml") and member.file_size <= _LARGEST:
                yield member.filename, archive.read(member)
