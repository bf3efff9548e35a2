"""``actions/labeler``: labels of the event's pull request by its files and branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sluice.actions.builtin.decisions.changed_files import files_of_the_pull_request
from sluice.actions.builtin.decisions.label_rules import LabelRulesError, Pull, Rules, labels_for, read_rules
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import Publisher, open_publisher
from sluice.actions.builtin.sources.git import Git
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.expressions.values import to_python
from sluice.github.connection import Hub

_MANIFEST = """
name: Labeler
inputs:
  repo-token: {default: "${{ github.token }}"}
  configuration-path: {default: .github/labeler.yml}
  sync-labels: {default: "false"}
  dot: {default: "true"}
  pr-number: {}
outputs:
  new-labels: {description: "the labels that are new, by commas"}
  all-labels: {description: "all that the pull request has, by commas"}
runs: {using: node20, main: built-in}
"""


class Labeler(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/labeler")
    left_out: Mapping[str, str] = MappingProxyType({"dot": "files whose names start with a dot always count"})

    async def main(self, host: ActionHost) -> None:
        """Give the labels whose conditions hold; with ``sync-labels`` take the others that the file names."""
        tell_what_is_left_out(host, self)
        event: Any = to_python(host.github["event"])
        pull = event.get("pull_request") if isinstance(event, dict) else None
        if pull is None:
            host.warning("Could not get pull request number(s), exiting")
            return
        _check_number(host, int(pull["number"]))
        rules = await _rules(host)
        files = [change.path for change in await files_of_the_pull_request(host)]
        wanted = labels_for(rules, Pull(base=pull["base"]["ref"], head=pull["head"]["ref"], files=files))
        publisher = await open_publisher(host, "", host.inputs["repo-token"])
        await _set(publisher, int(pull["number"]), rules, wanted)


def _check_number(host: ActionHost, number: int) -> None:
    """What another pull request changes is known to GitHub alone."""
    others = [given for given in lines(host.inputs, "pr-number") if given != str(number)]
    if others:
        raise ActionFailedError(
            f"Only the event's own pull request, {number}, can be labelled, not {', '.join(others)}"
        )


async def _rules(host: ActionHost) -> Rules:
    """From the workspace where it is checked out, else from the commit of the run."""
    name = host.inputs["configuration-path"]
    file = host.workspace.paths.workspace / name
    if file.is_file():
        text = file.read_text(encoding="utf-8")
    else:
        host.log(f"The configuration file (path: {name}) was not found locally, it is taken from the run's commit")
        git = Git(host, host.source_repository)
        code, text = await git.ask("show", f"{to_text(host.github['sha'])}:{name}")
        if code != 0:
            raise ActionFailedError(f"The configuration file {name} isn't there: {text.strip()}")
    try:
        return read_rules(text)
    except LabelRulesError as error:
        raise ActionFailedError(f"{name} can't be read: {error}") from error


async def _set(publisher: Publisher, number: int, rules: Rules, wanted: Sequence[str]) -> None:
    host, path = publisher.host, f"/repos/{publisher.hub.place.repository}/issues/{number}/labels"
    found: list[dict[str, Any]] = await publisher.ask(Hub.call, "GET", path)
    before = [str(label["name"]) for label in found]
    new = [label for label in wanted if label not in before]
    gone = [label for label in before if label in rules and label not in wanted]
    gone = gone if boolean(host.inputs, "sync-labels") else []
    if new:
        await publisher.change("labels", f"#{number}", Hub.call, "POST", path, {"labels": new})
    for label in gone:
        await publisher.change("labels", f"#{number}", Hub.call, "DELETE", f"{path}/{quote(label, safe='')}")
    host.set_output("new-labels", ",".join(new))
    host.set_output("all-labels", ",".join(label for label in (*before, *new) if label not in gone))
