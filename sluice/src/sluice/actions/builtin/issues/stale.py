"""``actions/stale``: labels, comments and closes what nobody has touched for long, at the stand-in or on GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, whole_number
from sluice.actions.builtin.issues.staleness import (
    Rules,
    Verdict,
    after_mark,
    before_mark,
    is_marked,
    left_out,
    time_of,
)
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import Publisher, open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.connection import Hub, RefusedByGitHubError

_MANIFEST = """
name: Close Stale Issues
inputs:
  repo-token: {default: "${{ github.token }}"}
  stale-issue-message: {}
  stale-pr-message: {}
  close-issue-message: {}
  close-pr-message: {}
  days-before-stale: {default: "60"}
  days-before-issue-stale: {}
  days-before-pr-stale: {}
  days-before-close: {default: "7"}
  days-before-issue-close: {}
  days-before-pr-close: {}
  stale-issue-label: {default: Stale}
  close-issue-label: {}
  exempt-issue-labels: {default: ""}
  close-issue-reason: {default: not_planned}
  stale-pr-label: {default: Stale}
  close-pr-label: {}
  exempt-pr-labels: {default: ""}
  exempt-milestones: {default: ""}
  exempt-issue-milestones: {default: ""}
  exempt-pr-milestones: {default: ""}
  exempt-all-milestones: {default: "false"}
  exempt-all-issue-milestones: {default: ""}
  exempt-all-pr-milestones: {default: ""}
  only-labels: {default: ""}
  any-of-labels: {default: ""}
  any-of-issue-labels: {default: ""}
  any-of-pr-labels: {default: ""}
  only-issue-labels: {default: ""}
  only-pr-labels: {default: ""}
  only-issue-types: {default: ""}
  operations-per-run: {default: "30"}
  remove-stale-when-updated: {default: "true"}
  remove-issue-stale-when-updated: {default: ""}
  remove-pr-stale-when-updated: {default: ""}
  debug-only: {default: "false"}
  ascending: {default: "false"}
  sort-by: {default: created}
  delete-branch: {default: "false"}
  start-date: {default: ""}
  exempt-assignees: {default: ""}
  exempt-issue-assignees: {default: ""}
  exempt-pr-assignees: {default: ""}
  exempt-all-assignees: {default: "false"}
  exempt-all-issue-assignees: {default: ""}
  exempt-all-pr-assignees: {default: ""}
  exempt-draft-pr: {default: "false"}
  enable-statistics: {default: "true"}
  labels-to-add-when-unstale: {default: ""}
  labels-to-remove-when-stale: {default: ""}
  labels-to-remove-when-unstale: {default: ""}
  ignore-updates: {default: "false"}
  ignore-issue-updates: {default: ""}
  ignore-pr-updates: {default: ""}
  include-only-assigned: {default: "false"}
outputs:
  closed-issues-prs: {description: "what was closed, as JSON"}
  staled-issues-prs: {description: "what was marked, as JSON"}
runs: {using: node20, main: built-in}
"""


class Stale(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/stale")
    left_out: Mapping[str, str] = MappingProxyType({"enable-statistics": "the run's report lists what was done"})

    async def main(self, host: ActionHost) -> None:
        """Look at each open issue and pull request, as far as the operations last."""
        tell_what_is_left_out(host, self)
        round_ = Round(await open_publisher(host, "", host.inputs["repo-token"]))
        issues = await round_.listed()
        if not host.publishing:
            host.notice(f"A rehearsal knows no issues of GitHub's: {len(issues)} that this run made are looked at")
        for issue in issues:
            await round_.look_at(issue)
        host.set_output("staled-issues-prs", json.dumps(round_.marked))
        host.set_output("closed-issues-prs", json.dumps(round_.closed))
        host.log(f"{len(issues)} looked at, {len(round_.marked)} marked, {len(round_.closed)} closed")


def _rules(host: ActionHost, kind: str) -> Rules:
    """``kind`` is ``issue`` or ``pr``; what is said of it goes before what is said of both."""
    given = host.inputs

    def chosen(start: str, end: str = "") -> str:
        own = given[f"{start}{kind}-{end}"] if end else given[f"{start}{kind}"]
        return own or given[f"{start}{end}"]

    return Rules(
        label=given[f"stale-{kind}-label"],
        days_before_stale=_days(chosen("days-before-", "stale")),
        days_before_close=_days(chosen("days-before-", "close")),
        only=_words(chosen("only-", "labels")),
        any_of=_words(chosen("any-of-", "labels")),
        exempt_labels=_words(given[f"exempt-{kind}-labels"]),
        exempt_milestones=_is_true(chosen("exempt-all-", "milestones")) or _words(chosen("exempt-", "milestones")),
        exempt_assignees=_is_true(chosen("exempt-all-", "assignees")) or _words(chosen("exempt-", "assignees")),
        exempt_drafts=kind == "pr" and boolean(given, "exempt-draft-pr"),
        only_assigned=boolean(given, "include-only-assigned"),
        only_types=_words(given["only-issue-types"]) if kind == "issue" else (),
        ignore_updates=_is_true(chosen("ignore-", "updates")),
        unmark_when_updated=_is_true(given[f"remove-{kind}-stale-when-updated"] or given["remove-stale-when-updated"]),
        start=_start(given["start-date"]),
    )


def _days(given: str) -> float:
    try:
        return float(given)
    except ValueError as error:
        raise ActionFailedError(f"Days are a number, such as 60, or -1 for never; it is '{given}'") from error


def _is_true(given: str) -> bool:
    return given.strip().lower() == "true"


def _words(given: str) -> list[str]:
    return [word.strip() for word in given.split(",") if word.strip()]


def _start(given: str) -> datetime | None:
    if not given:
        return None
    try:
        found = time_of(given)
    except ValueError:
        try:
            found = parsedate_to_datetime(given)
        except ValueError as error:
            raise ActionFailedError(f"start-date is a date of ISO 8601 or RFC 2822, it is '{given}'") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Round:
    """One round through the open issues. Each change is an operation, of which there are so many a run."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._host = publisher.host
        self._base = f"/repos/{publisher.hub.place.repository}"
        self._operations = whole_number(self._host.inputs, "operations-per-run", 30)
        self._rules = {kind: _rules(self._host, kind) for kind in ("issue", "pr")}
        self._now = datetime.now(UTC)
        self.marked: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []

    async def listed(self) -> list[dict[str, Any]]:
        """The open issues and pull requests, at most as many as GitHub would be asked for with these operations."""
        given = self._host.inputs
        order = {"sort": given["sort-by"], "direction": "asc" if boolean(given, "ascending") else "desc"}
        most = self._operations * 100

        def pages(hub: Hub) -> list[dict[str, Any]]:
            rows: Iterator[dict[str, Any]] = hub.pages(f"{self._base}/issues", {"state": "open", **order})
            return list(islice(rows, most))

        return await self._publisher.ask(pages)

    async def look_at(self, issue: dict[str, Any]) -> None:
        """Do what is to be done about one."""
        kind = "pr" if "pull_request" in issue else "issue"
        rules, name = self._rules[kind], f"#{issue['number']}"
        if reason := left_out(issue, rules):
            self._host.log(f"{name} is left: {reason}")
            return
        if not is_marked(issue, rules):
            if before_mark(issue, rules, self._now) is Verdict.MARK:
                await self._mark(issue, kind)
            return
        since = await self._marked_since(issue, rules)
        match after_mark(issue, rules, self._now, since, answered=await self._answered(issue, since, kind)):
            case Verdict.UNMARK:
                await self._unmark(issue, rules)
            case Verdict.CLOSE:
                await self._close(issue, kind)
            case _:
                self._host.log(f"{name} is marked already and not due")

    async def _marked_since(self, issue: Mapping[str, Any], rules: Rules) -> datetime:
        """When the label was given; where that isn't known, the last update."""
        try:
            events = await self._publisher.ask(Hub.call, "GET", f"{self._at(issue)}/events?per_page=100")
        except RefusedByGitHubError:
            events = []
        given = [
            time_of(event["created_at"])
            for event in events
            if event["event"] == "labeled" and event["label"]["name"].casefold() == rules.label.casefold()
        ]
        return max(given, default=time_of(issue["updated_at"]))

    async def _answered(self, issue: Mapping[str, Any], since: datetime, kind: str) -> bool:
        """Whether a person commented since: neither a bot, nor this action's own words."""
        own = self._host.inputs[f"stale-{kind}-message"].strip()
        comments = await self._publisher.ask(Hub.call, "GET", f"{self._at(issue)}/comments?per_page=100")
        return any(
            time_of(one["created_at"]) > since and one["user"]["type"] == "User" and one["body"].strip() != own
            for one in comments
        )

    async def _mark(self, issue: dict[str, Any], kind: str) -> None:
        given = self._host.inputs
        if message := given[f"stale-{kind}-message"]:
            await self._change("comment", issue, "POST", "/comments", {"body": message})
        await self._change("labels", issue, "POST", "/labels", {"labels": [given[f"stale-{kind}-label"]]})
        for name in _words(given["labels-to-remove-when-stale"]):
            await self._change("labels", issue, "DELETE", f"/labels/{quote(name)}")
        self.marked.append(issue)

    async def _unmark(self, issue: dict[str, Any], rules: Rules) -> None:
        given = self._host.inputs
        await self._change("labels", issue, "DELETE", f"/labels/{quote(rules.label)}")
        for name in _words(given["labels-to-remove-when-unstale"]):
            await self._change("labels", issue, "DELETE", f"/labels/{quote(name)}")
        if names := _words(given["labels-to-add-when-unstale"]):
            await self._change("labels", issue, "POST", "/labels", {"labels": names})

    async def _close(self, issue: dict[str, Any], kind: str) -> None:
        given = self._host.inputs
        if message := given[f"close-{kind}-message"]:
            await self._change("comment", issue, "POST", "/comments", {"body": message})
        if label := given[f"close-{kind}-label"]:
            await self._change("labels", issue, "POST", "/labels", {"labels": [label]})
        reason = {"state_reason": given["close-issue-reason"] or None} if kind == "issue" else {}
        await self._change("issue-edit", issue, "PATCH", "", {"state": "closed", **reason})
        self.closed.append(issue)
        if kind == "pr" and boolean(given, "delete-branch"):
            pull = await self._publisher.ask(Hub.call, "GET", f"{self._base}/pulls/{issue['number']}")
            await self._send("ref-deletion", "DELETE", f"{self._base}/git/refs/heads/{quote(pull['head']['ref'])}")

    def _at(self, issue: Mapping[str, Any]) -> str:
        return f"{self._base}/issues/{issue['number']}"

    async def _change(
        self, kind: str, issue: Mapping[str, Any], method: str, end: str, body: dict[str, Any] | None = None
    ) -> None:
        await self._send(kind, method, f"{self._at(issue)}{end}", body)

    async def _send(self, kind: str, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """One operation; none are sent when only looking, or when there are no more."""
        if boolean(self._host.inputs, "debug-only"):
            self._host.log(f"debug-only: {method} {path} is not sent")
            return
        if self._operations <= 0:
            self._host.warning(f"No more operations left for {method} {path}: raise operations-per-run")
            return
        self._operations -= 1
        await self._publisher.change(kind, path.removeprefix(f"{self._base}/"), Hub.call, method, path, body)
