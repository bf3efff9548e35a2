"""Releases and their files. In: what one shall be. Out: the release as it is then."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

from msgspec import Struct

from sluice.github.connection import Hub, RefusedByGitHubError, refusals


class ReleaseRequest(Struct, frozen=True, kw_only=True):
    """A release as it is wanted; what is ``None`` stays as it is, or GitHub decides."""

    tag: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    commit: str | None = None
    make_latest: str | None = None
    generate_notes: bool = False
    category: str | None = None


def find_release(hub: Hub, tag: str) -> dict[str, Any] | None:
    """The release of a tag; drafts, which GitHub doesn't find by tag, too."""
    try:
        found: dict[str, Any] = hub.call("GET", f"/repos/{hub.place.repository}/releases/tags/{tag}")
    except RefusedByGitHubError as error:
        if error.status != 404:
            raise
    else:
        return found
    releases = hub.pages(f"/repos/{hub.place.repository}/releases")
    return next((one for one in releases if one["tag_name"] == tag), None)


def create_release(hub: Hub, wanted: ReleaseRequest) -> dict[str, Any]:
    """A new one. Raises ``RefusedByGitHubError`` (422) when the tag has one."""
    made: dict[str, Any] = hub.call("POST", f"/repos/{hub.place.repository}/releases", _body(wanted))
    return made


def change_release(hub: Hub, number: int, wanted: ReleaseRequest) -> dict[str, Any]:
    """What is ``None`` stays."""
    body = {name: value for name, value in _body(wanted).items() if name != "generate_release_notes"}
    changed: dict[str, Any] = hub.call("PATCH", f"/repos/{hub.place.repository}/releases/{number}", body)
    return changed


def _body(wanted: ReleaseRequest) -> dict[str, object]:
    given: dict[str, object] = {
        "tag_name": wanted.tag,
        "name": wanted.name,
        "body": wanted.body,
        "draft": wanted.draft,
        "prerelease": wanted.prerelease,
        "target_commitish": wanted.commit,
        "make_latest": wanted.make_latest,
        "generate_release_notes": wanted.generate_notes or None,
        "discussion_category_name": wanted.category,
    }
    return {name: value for name, value in given.items() if value is not None}


def upload_asset(hub: Hub, release: int, file: Path, *, name: str = "", overwrite: bool = True) -> dict[str, Any]:
    """Put a file beside a release; one of this name with the same bytes stays, one with others is replaced.

    Raises ``RefusedByGitHubError`` when it is there and must not be replaced.
    """
    name = name or file.name
    base = f"/repos/{hub.place.repository}/releases"
    known = next((one for one in hub.pages(f"{base}/{release}/assets") if one["name"] == name), None)
    if known is not None:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if known.get("digest") == f"sha256:{digest}":
            return dict(known)
        if not overwrite:
            raise RefusedByGitHubError(f"the asset {name}", 422, {"message": "it is there with other bytes"})
        hub.call("DELETE", f"{base}/assets/{known['id']}")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    with refusals(f"the upload of {name}"):
        asset = hub.repository.get_release(release).upload_asset(str(file), content_type=kind, name=name)
    return dict(asset.raw_data)
