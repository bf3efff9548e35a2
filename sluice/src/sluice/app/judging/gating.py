"""Judge reports: find them, read them, read the policy that counts, judge. In: paths. Out: a report on the gates.

On a pull request the policy is the base commit's, so that a change can't loosen its own gate.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.app.judging.measuring import find_ancestors, find_history, keep_measures, record
from sluice.app.settings import FILE, settings_text
from sluice.app.workflows.repository import display_name
from sluice.evidence.advisories import NO_ADVISORIES, Advisories, read_advisories
from sluice.evidence.collection import collect
from sluice.evidence.counts import count_findings
from sluice.evidence.model import Evidence, Severity
from sluice.evidence.reading import Origin as ReportOrigin
from sluice.evidence.reading import missing_report, read_report
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind, Policy, PolicyOrigin, PolicySource
from sluice.gates.policy.narrowing import narrow
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report
from sluice.repository.git import git, git_bytes
from sluice.source.errors import UnavailableError, UsageError

_COMMIT = re.compile(r"[0-9A-Za-z_][\w./~^@-]{0,200}")
_CHUNK = 1 << 20
Rater = Callable[[Iterable[str]], Advisories]
"""Ids and aliases in, what advisories say of them out."""


class GateOptions(Struct, frozen=True, kw_only=True):
    """What to judge: this run's reports, the base's of the same job, a stored ancestor's, the last release's.

    ``advisories`` are OSV records, a folder or an archive: the severity of a vulnerability whose tool names none.
    ``only`` names the gates that are judged here, all of them for none. ``record`` keeps this run's measures
    in the history, ``keep`` in a file that can be read as a report again. ``written`` are files that the report on the
    gates will be written to: what an earlier run left there, or where it kept its measures, is no report to judge.
    ``policy_commit`` names the commit whose policy counts; nothing means the pull request's base where there is one.
    """

    reports: tuple[Path, ...]
    base: tuple[Path, ...] = ()
    merge_base: tuple[Path, ...] = ()
    release: tuple[Path, ...] = ()
    advisories: Path | None = None
    only: tuple[str, ...] = ()
    policy_commit: str | None = None
    record: bool = False
    keep: Path | None = None
    written: tuple[Path, ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The files that are written here, wherever links lead."""
        return frozenset(map(os.path.realpath, (*self.written, *((self.keep,) if self.keep else ()))))


def judge_reports(
    root: Path,
    options: GateOptions,
    today: dt.date,
    environment: Mapping[str, str] = os.environ,
    show: Callable[[Report], object] = lambda _: None,
) -> Report:
    """The report, which ``show`` gets before anything is kept: what can't be kept hides no verdict.

    Raises ``UsageError`` and ``InvalidInputError`` for the policy, ``UsageError`` for what can't be kept; what is wrong
    with a report, the base's too, is among its problems.
    """
    policy = narrow(_policy(root, options, environment), options.only)
    rate = _rater(options.advisories)
    now, base, merge_base, release = (
        read_reports(root, paths, options.own, rate)
        for paths in (options.reports, options.base, options.merge_base, options.release)
    )
    history = find_history()
    stored = find_ancestors(root, history, base_commit(environment))
    counted = (*now.measures, *count_findings(now))
    baselines = Baselines(
        same_run=_baseline(base, BaselineKind.SAME_RUN),
        ancestors=(_baseline(merge_base, BaselineKind.MERGE_BASE), *stored),
        last_release=_baseline(release, BaselineKind.LAST_RELEASE),
    )
    problems = now.problems + base.problems + merge_base.problems + release.problems
    report = judge(replace(now, problems=problems), baselines, policy, today)
    show(report)
    if options.record:
        record(root, counted, history)
    if options.keep:
        keep_measures(options.keep, counted)
    return report


def _policy(root: Path, options: GateOptions, environment: Mapping[str, str]) -> Policy:
    if options.policy_commit:
        return load_policy(root, options.policy_commit, PolicySource.COMMIT)
    return load_policy(root, base_commit(environment))


def load_policy(root: Path, commit: str | None, source: PolicySource = PolicySource.BASE_COMMIT) -> Policy:
    """The policy of ``commit``, or of the working tree; where the commit has none yet, the working tree's too."""
    return read_policy(*read_policy_file(root, commit, source))


def read_policy_file(
    root: Path, commit: str | None, source: PolicySource = PolicySource.BASE_COMMIT
) -> tuple[str, PolicyOrigin]:
    """The text of ``sluice.toml`` that counts, and which version it is; ``source`` says what ``commit`` is."""
    if commit is not None:
        content = file_of_commit(root, commit, FILE)
        if content is not None:
            return content.decode("utf-8", "replace"), PolicyOrigin(source=source, commit=commit)
    text = settings_text(root)
    if text is None:
        raise UsageError(f"No {FILE} in {root}", hint='such as [gate."coverage/line"] with fail = "< -5pp"')
    return text, PolicyOrigin(without=commit)


def base_commit(environment: Mapping[str, str]) -> str | None:
    """The base commit of the pull request or merge group that started this job, from the payload that GitHub wrote."""
    event = environment.get("GITHUB_EVENT_NAME", "")
    if event != "merge_group" and not event.startswith("pull_request"):
        return None
    try:
        payload = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
        return str(
            payload["merge_group"]["base_sha"] if event == "merge_group" else payload["pull_request"]["base"]["sha"]
        )
    except (KeyError, TypeError, OSError, ValueError) as error:
        message = "this is a pull request, but its payload doesn't name the base commit"
        raise UnavailableError(message, hint="name it: sluice gate --policy-commit SHA") from error


def file_of_commit(root: Path, commit: str, name: str) -> bytes | None:
    """The file below ``root`` as ``commit`` has it, ``None`` where it has none.

    Raises ``UsageError`` for what names no commit, ``UnavailableError`` where the clone lacks it or the file.
    """
    if not _COMMIT.fullmatch(commit):
        raise UsageError(f"'{commit[:60]}' is no commit")
    if git(root, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        raise UnavailableError(
            f"commit {commit} isn't in this clone", hint="check out with fetch-depth: 0, or fetch that commit first"
        )
    if git(root, "ls-tree", "--name-only", commit, "--", name) == "":
        return None
    content = git_bytes(root, "cat-file", "blob", f"{commit}:./{name}")
    if content is None:
        hint = "a partial clone lacks files: fetch that commit without a filter"
        raise UnavailableError(f"{name} of commit {commit} can't be read", hint=hint)
    return content


def _rater(place: Path | None) -> Rater | None:
    """Raises ``NotCheckedError`` for advisories that can't be read."""
    if place is None:
        return None
    from sluice.audit.advisories.database import AdvisoryDatabase

    database = AdvisoryDatabase(place)
    return lambda ids: read_advisories(filter(None, map(database.record, ids)))


def read_reports(root: Path, paths: Iterable[Path], but: Collection[str] = (), rate: Rater | None = None) -> Evidence:
    """All reports as one; a folder stands for the files in it, without those whose real path is among ``but``.

    ``rate`` tells the severities of what a tool did not rate.

    What can't be read is a problem of the evidence, and so is a folder without any file.
    """
    machine = fingerprint()
    return collect(_read(root, path, machine, rate) for named in paths for path in _files(named, but))


def _files(named: Path, but: Collection[str]) -> list[Path]:
    """The files in a folder, by name, each part of it that can't be looked into, and links that lead nowhere.

    By ``os.path``, for pathlib raises where the way to a file is closed.
    """
    if not os.path.isdir(named):  # noqa: PTH112
        return [named]
    refused: list[OSError] = []
    inside = [Path(place, name) for place, _, names in os.walk(named, onerror=refused.append) for name in names]
    found = [path for path in inside if _is_report(path) and os.path.realpath(path) not in but]
    return sorted([*found, *(Path(error.filename) for error in refused)]) or [named]


def _is_report(path: Path) -> bool:
    """A file, or what should be one and can't be reached; no device, no pipe."""
    return os.path.isfile(path) or not os.path.exists(path)  # noqa: PTH110, PTH113


def _read(root: Path, path: Path, machine: str, rate: Rater | None) -> Evidence:
    source = display_name(root, path.absolute())
    try:
        found = _read_file(path, source, machine, NO_ADVISORIES)
        unrated = [one for one in found.findings if one.severity is Severity.UNKNOWN] if rate else []
        if rate is None or not unrated or not path.is_file():  # what comes through a pipe comes once
            return found
        return _read_file(path, source, machine, rate(name for one in unrated for name in (one.id, *one.aliases)))
    except IsADirectoryError:
        return missing_report(source, reason="the folder holds none")
    except OSError as error:
        return missing_report(source, reason=error.strerror or str(error))


def _read_file(path: Path, source: str, machine: str, advisories: Advisories) -> Evidence:
    with path.open("rb") as stream:
        chunks = iter(lambda: stream.read(_CHUNK), b"")
        return read_report(chunks, source=source, origin=ReportOrigin(machine=machine), advisories=advisories)


def _baseline(found: Evidence, kind: BaselineKind) -> Baseline:
    commit = next((measure.commit for measure in found.measures if measure.commit), None)
    return Baseline.of(Origin(kind=kind, commit=commit), found.measures)


def fingerprint() -> str:
    """What a timing depends on: the processor's name, how many there are, the system."""
    return f"{_processor()} x{os.cpu_count()} {platform.system()} {platform.machine()}"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or "unknown"
