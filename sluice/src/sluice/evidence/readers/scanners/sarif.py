"""SARIF 2.1.0, read as a stream: a finding for each result that is a failure and is not suppressed.

Severity is the rule's ``security-severity`` (a CVSS score, as GitHub reads it), or else the result's level: error is
high, warning medium, note low. Rules may follow their results, so a run's findings are handed out at its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from sluice.evidence.entries import Item, bad_entry, valued
from sluice.evidence.json_stream import MISFIT, REPEATED, pick
from sluice.evidence.limits import LONGEST_NAME, MOST_RESULTS
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem, ReportError, one_line, problem
from sluice.evidence.readers.scanners.sarif_shape import (
    LOG,
    NOTHING_SAID,
    Invocation,
    Notification,
    Result,
    Rule,
    Run,
    Said,
)
from sluice.evidence.severities import severity_of_score

_ADVISORY = re.compile(r"(?:CVE|GHSA|PYSEC|RUSTSEC|OSV|GO|SNYK)-", re.IGNORECASE)
_GRYPE_RULE = re.compile(r"(CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})-(.+)")
"""Grype names a rule after an advisory and the package that it is about, and tells the package nowhere else."""
_KINDS = {
    **dict.fromkeys(
        ("trivy", "grype", "osv-scanner", "snyk container", "snyk open source", "pip-audit"), Kind.VULNERABILITY
    ),
    **dict.fromkeys(("npm audit", "cargo-audit"), Kind.VULNERABILITY),
    **dict.fromkeys(("gitleaks", "detect-secrets", "trufflehog"), Kind.SECRET),
    **dict.fromkeys(("hadolint", "zizmor", "actionlint", "checkov", "kube-linter"), Kind.MISCONFIGURATION),
    **dict.fromkeys(("sluice lint", "sluice dockerfiles"), Kind.MISCONFIGURATION),
    "sluice licences": Kind.LICENCE,
    "sluice age": Kind.DEPENDENCY,
}
_TRIVYS = {"Misconfiguration": Kind.MISCONFIGURATION, "Secret": Kind.SECRET, "License": Kind.LICENCE}
"""What Trivy's rules are about, by their names; the others are about vulnerabilities."""
_NOUGHT_IS_UNKNOWN = {"trivy", "grype"}
"""They write a score of 0.0 where nobody has rated a vulnerability."""
_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.NONE}
_FAILURES = {"fail", "open", "review"}
_MOST_RULES = 100_000

Shape = TypeVar("Shape", bound=msgspec.Struct)


def read_sarif(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The findings of all runs, each run's at its end. Raises ``ReportError`` where the text breaks off."""
    run = _Run()
    runs = 0
    try:
        for name, value in pick(chunks, LOG):
            match name:
                case "run":
                    runs += 1
                    yield from run.end(value)
                    run = _Run()
                case "log":
                    yield from _ending(value, runs)
                case _:
                    yield from run.take(name, value)
    except ReportError:
        yield from run.findings("")
        raise


def _ending(log: object, runs: int) -> Iterator[Item]:
    version = log.get("version") if isinstance(log, dict) else None
    if version != "2.1.0":
        yield problem(Problem.UNRECOGNISED, f"SARIF version {str(version)[:40]!r}, expected 2.1.0")
    if runs == 0:
        yield problem(Problem.NO_DATA, "the log holds no run")


class _Rule(Struct):
    level: str | None
    severity: Severity | None
    title: str | None
    about: Kind | None


class _Kept(Struct, frozen=True):
    """A result as it waits for the rules."""

    rule_id: str | None
    rule_index: int | None
    level: str | None
    severity: Severity | None
    title: str | None
    path: str | None
    line: int | None
    said: Said = NOTHING_SAID


class _Run(Struct):
    """A run as its parts come in."""

    rules: dict[str, _Rule] = field(default_factory=dict)
    rule_ids: list[str] = field(default_factory=list)
    kept: list[_Kept] = field(default_factory=list)
    more: Counter[tuple[str | None, str | None, Severity | None]] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)
    results: int = 0
    suppressed: int = 0
    failed: bool = False

    def take(self, name: str, value: object) -> Iterator[Item]:
        """A rule, a result, an invocation, or what did not fit."""
        try:
            match name:
                case "rule" | "extension-rule":
                    self._take_rule(msgspec.convert(value, Rule, strict=False), indexed=name == "rule")
                case "result":
                    self.results += 1
                    self._take_result(msgspec.convert(value, Result))
                case "invocation":
                    yield from self._take_invocation(msgspec.convert(value, Invocation))
                case _ if name == MISFIT:
                    yield problem(Problem.BAD_ENTRY, f"another kind of value was expected at {value}")
                case _ if name == REPEATED:
                    yield problem(
                        Problem.DUPLICATE_NAME, f"an object has two keys {str(value)[:80]!r}; the last one was read"
                    )
                case _:
                    raise ReportError(Problem.UNREADABLE, f"unexpected part {name}")
        except (msgspec.ValidationError, ValueError, OverflowError) as error:
            yield bad_entry(f"{name} {self.results}" if name == "result" else f"a {name}", error)

    def _take_invocation(self, found: Invocation) -> Iterator[Item]:
        """What went wrong with the tool's own run; where no message says what, that it did not end well."""
        errors = [told for told in found.tool_execution_notifications or () if told.level == "error"]
        yield from map(_notified, errors)
        if not found.execution_successful:
            self.failed = True
            if not errors:
                yield problem(Problem.FAILED_TOOL, "the tool says that it did not run to its end")

    def _take_rule(self, found: Rule, *, indexed: bool) -> None:
        if len(self.rules) >= _MOST_RULES:
            raise ReportError(Problem.TOO_LARGE, f"more than {_MOST_RULES:,} rules in one run")
        text = found.short_description.text if found.short_description else None
        self.rules[found.id] = _Rule(
            level=found.default_configuration.level if found.default_configuration else None,
            severity=_scored(found.properties.security_severity if found.properties else None),
            title=one_line(text) if text else None,
            about=_TRIVYS.get(found.name) if isinstance(found.name, str) else None,
        )
        if indexed:
            self.rule_ids.append(found.id)

    def _take_result(self, found: Result) -> None:
        if found.kind not in _FAILURES or found.baseline_state == "absent":
            return
        # what Sluice itself wrote is waived by whoever judges it, not by who found it
        ours = found.properties is not None and found.properties.sluice is not None
        if not ours and any(reason.status in {None, "accepted"} for reason in found.suppressions or ()):
            self.suppressed += 1
            return
        if len(self.kept) < MOST_RESULTS:
            self.kept.append(self._kept(found))
        else:
            self._count(found)

    def _count(self, found: Result) -> None:
        severity = _scored(found.properties.security_severity if found.properties else None)
        rule_id = _rule_id(found) if len(self.more) < _MOST_RULES // 10 else None
        self.more[rule_id, (found.level or "")[:20] or None, severity] += 1

    def _kept(self, found: Result) -> _Kept:
        place = found.locations[0].physical_location if found.locations else None
        return _Kept(
            rule_id=self._shared(_rule_id(found), LONGEST_NAME),
            rule_index=found.rule_index,
            level=self._shared(found.level, 20),
            severity=_scored(found.properties.security_severity if found.properties else None),
            title=one_line(found.message.text) if found.message.text else None,
            path=self._shared(place.artifact_location.uri if place and place.artifact_location else None, 1000),
            line=place.region.start_line if place and place.region else None,
            said=_said(found),
        )

    def _shared(self, text: str | None, longest: int) -> str | None:
        """One object for each text that results have in common: paths and rules repeat by the thousand."""
        if text is None:
            return None
        if text not in self.texts:
            self.texts[text] = one_line(text, longest)
        return self.texts[text]

    def end(self, value: object) -> Iterator[Item]:
        """The run's findings, and what is wrong with the run itself."""
        try:
            found = msgspec.convert(value, Run)
        except msgspec.ValidationError as error:
            yield bad_entry("the run", error)
            found = Run(results=[])
        tool = one_line(found.tool.driver.name, 80)
        if not tool:
            yield problem(Problem.BAD_ENTRY, "a run does not name its tool")
        if found.results is None and not self.failed:
            yield problem(Problem.NO_DATA, f"{tool or 'a tool'} reports no results, not even none", tool=tool)
        elif found.results is not None:
            yield _kind("", tool)
        yield from self.findings(tool)

    def findings(self, tool: str) -> Iterator[Item]:
        """What was kept so far; the results past ``MOST_RESULTS`` are handed out by rule, bare of their places."""
        for kept in self.kept:
            yield self._finding(kept, tool)
        for (rule_id, level, severity), count in self.more.items():
            title = f"{count:,} further results of this rule"
            bare = _Kept(rule_id, None, level, severity, title, None, None)
            yield replace(self._finding(bare, tool), count=count)
        if self.suppressed:
            yield valued(f"suppressed/{tool or 'sarif'}", "count", self.suppressed)

    def _finding(self, kept: _Kept, tool: str) -> Finding:
        rule_id = kept.rule_id
        if rule_id is None and kept.rule_index is not None and 0 <= kept.rule_index < len(self.rule_ids):
            rule_id = self.rule_ids[kept.rule_index]
        rule = self.rules.get(rule_id or "")
        if rule is None and rule_id and "/" in rule_id:  # section 3.52.4: "CA1000/1" is a case of rule "CA1000"
            rule = self.rules.get(rule_id.rpartition("/")[0])
        level = kept.level or (rule.level if rule else None) or "warning"
        rated = kept.said.severity or _rated(kept.severity or (rule.severity if rule else None), tool)
        name, package = _about(rule_id, tool)
        return Finding(
            id=one_line(name, LONGEST_NAME) if name else "no-rule",
            kind=kept.said.kind or _kind_of(rule, rule_id or "", tool, level),
            severity=rated or _LEVELS.get(level, Severity.UNKNOWN),
            title=kept.title or (rule.title if rule else None) or rule_id or "a result without a message",
            tool=tool,
            path=kept.path,
            line=kept.line if kept.line is not None and kept.line > 0 else None,
            package=kept.said.package or package,
            version=kept.said.version,
            fixed_in=kept.said.fixed_in,
            aliases=kept.said.aliases,
        )


def _said(found: Result) -> Said:
    said = found.properties.sluice if found.properties else None
    return NOTHING_SAID if said is None or said.kind is Kind.REPORT_PROBLEM else said


def _rule_id(found: Result) -> str | None:
    return found.rule_id or (found.rule.id if found.rule else None)


def _about(rule_id: str | None, tool: str) -> tuple[str | None, str | None]:
    """What a finding is named after, and the package where the rule tells it."""
    found = _GRYPE_RULE.fullmatch(rule_id or "") if tool == "grype" else None
    return (found[1], found[2]) if found else (rule_id, None)


def _rated(severity: Severity | None, tool: str) -> Severity | None:
    unknown = severity is Severity.NONE and tool.lower() in _NOUGHT_IS_UNKNOWN
    return Severity.UNKNOWN if unknown else severity


def _kind_of(rule: _Rule | None, rule_id: str, tool: str, level: str) -> Kind:
    if (tool, level) == ("cargo-audit", "warning"):  # unsound, unmaintained or yanked: as in its JSON
        return Kind.DEPENDENCY
    if tool.lower() == "trivy" and rule and rule.about:
        return rule.about
    return _kind(rule_id, tool)


def _kind(rule_id: str, tool: str) -> Kind:
    if _ADVISORY.match(rule_id):
        return Kind.VULNERABILITY
    return _KINDS.get(tool.lower(), Kind.CODE)


def _scored(score: str | float | None) -> Severity | None:
    if score is None:
        return None
    return severity_of_score(float(score))


def _notified(told: Notification) -> Finding:
    text = told.message.text if told.message else None
    said = told.properties.sluice if told.properties else None
    if said and said.problem:
        return problem(said.problem, text or "no message", package=said.package)
    return problem(Problem.FAILED_TOOL, f"the tool reports an error: {text or 'no message'}")
