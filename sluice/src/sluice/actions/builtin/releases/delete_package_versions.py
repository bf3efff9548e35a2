"""``actions/delete-package-versions``: versions of a package go, the oldest first. The choice is pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import Publisher, open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.github.connection import Hub, RefusedByGitHubError
from sluice.source.numbers import whole_number

_MANIFEST = """
name: Delete Package Versions
inputs:
  package-version-ids: {}
  owner: {}
  package-name: {required: true}
  package-type: {required: true}
  num-old-versions-to-delete: {default: "1"}
  min-versions-to-keep: {default: "-1"}
  ignore-versions: {default: "^(?!.*)$"}
  delete-only-pre-release-versions: {default: "false"}
  delete-only-untagged-versions: {default: "false"}
  token: {default: "${{ github.token }}"}
runs: {using: node20, main: built-in}
"""
_MOST = 100
_TYPES = ("npm", "maven", "rubygems", "docker", "nuget", "container")
"""GitHub's description of its API: ``package_type`` of ``/users/{username}/packages``."""


class Version(Struct, frozen=True, kw_only=True):
    """A version of a package; ``created`` sorts."""

    id: str
    name: str
    created: str
    tags: tuple[str, ...]


class Choice(Struct, frozen=True, kw_only=True):
    """The ``most`` oldest versions that may go, or all but the ``keep`` newest where that is 0 or more."""

    most: int = 1
    keep: int = -1
    ignored: str = "^(?!.*)$"
    only_pre_releases: bool = False
    only_untagged: bool = False

    def of(self, versions: Iterable[Version]) -> list[Version]:
        """The versions that go, oldest first. Raises ``re.error`` for a bad pattern."""
        ignored = re.compile("^(0|[1-9]\\d*)((\\.(0|[1-9]\\d*))*)$" if self.only_pre_releases else self.ignored)
        oldest = sorted(versions, key=lambda one: (one.created, int(one.id)))
        may = [one for one in oldest if not ignored.search(one.name) and not (self.only_untagged and one.tags)]
        if self.keep >= 0:
            return may[: max(0, len(may) - self.keep)][:_MOST]
        return may[: min(self.most, _MOST)]


class DeletePackageVersions(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/delete-package-versions")

    async def main(self, host: ActionHost) -> None:
        """Choose and delete; in a rehearsal the stand-in is asked, and tells the run of each."""
        given = host.inputs
        if not given["package-name"]:
            raise ActionFailedError("'package-name' is a required input")
        if given["package-type"] not in _TYPES:
            raise ActionFailedError(
                f"'{given['package-type']}' is no type of a package (expected one of {', '.join(_TYPES)})"
            )
        owner = given["owner"] or to_text(host.github["repository_owner"])
        publisher = await open_publisher(host, "", given["token"])
        base = await _place(publisher, owner, given["package-type"], given["package-name"])
        chosen = given["package-version-ids"].replace(",", " ").split()
        if not chosen:
            known = await publisher.ask(_versions, base)
            chosen = [one.id for one in _choice(host).of(known)]
            host.log(f"{given['package-name']} has {len(known)} versions, of which {len(chosen)} go")
        for version in chosen:
            await publisher.change("package-deletion", f"{given['package-name']} {version}", _delete, base, version)
            host.log(f"Deleted version {version} of {given['package-name']}")


def _choice(host: ActionHost) -> Choice:
    given = host.inputs
    numbers = [given["num-old-versions-to-delete"], given["min-versions-to-keep"]]
    if not all(whole_number(number.removeprefix("-")) is not None for number in numbers):
        raise ActionFailedError("num-old-versions-to-delete and min-versions-to-keep are whole numbers")
    most, keep = map(int, numbers)
    pre, untagged = (boolean(given, f"delete-only-{what}-versions") for what in ("pre-release", "untagged"))
    if (pre or untagged) and keep < 0:
        keep = 0
    if keep >= 0 and most > 1:
        raise ActionFailedError("Input combination is not valid: num-old-versions-to-delete with min-versions-to-keep")
    return Choice(most=most, keep=keep, ignored=given["ignore-versions"], only_pre_releases=pre, only_untagged=untagged)


async def _place(publisher: Publisher, owner: str, kind: str, package: str) -> str:
    found = await publisher.ask(_kind_of_owner, owner)
    return f"/{found}/{owner}/packages/{kind}/{quote(package, safe='')}/versions"


def _kind_of_owner(hub: Hub, owner: str) -> str:

    try:
        return "orgs" if hub.call("GET", f"/users/{owner}").get("type") == "Organization" else "users"
    except RefusedByGitHubError:
        return "users"


def _versions(hub: Hub, base: str) -> list[Version]:
    return [_version(row) for row in hub.pages(base, sized="/orgs/" in base)]


def _version(row: dict[str, Any]) -> Version:
    tags = ((row.get("metadata") or {}).get("container") or {}).get("tags") or ()
    return Version(id=str(row["id"]), name=str(row["name"]), created=str(row["created_at"]), tags=tuple(tags))


def _delete(hub: Hub, base: str, version: str) -> None:
    hub.call("DELETE", f"{base}/{version}")
