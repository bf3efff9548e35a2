"""Releases and their assets. One release for each tag, whoever starts it."""

from __future__ import annotations

import hashlib

from sluice.github_api.calls import Call, Facts, RefusedError, Reply, not_found
from sluice.github_api.shapes import WEB, node_id, now, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_EDITABLE = ("tag_name", "target_commitish", "name", "body", "draft", "prerelease", "make_latest")


def release(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``release``."""
    at = call.at(repository.name, f"/releases/{row['id']}")
    tag = row["tag_name"]
    assets = repository.table("assets").where(release=row["id"])
    return {
        **{name: row[name] for name in ("id", "tag_name", "target_commitish", "name", "body", "draft", "prerelease")},
        **{name: row[name] for name in ("created_at", "published_at")},
        "node_id": node_id("Release", row["id"]),
        "url": at,
        "assets_url": f"{at}/assets",
        "upload_url": f"{at}/assets{{?name,label}}",
        "html_url": f"{WEB}/{repository.name}/releases/tag/{tag}",
        "tarball_url": call.at(repository.name, f"/tarball/{tag}"),
        "zipball_url": call.at(repository.name, f"/zipball/{tag}"),
        "author": user(call),
        "assets": [asset(repository, call, one) for one in assets],
    }


def asset(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``release-asset``."""
    tag = repository.table("releases").get(row["release"])["tag_name"]
    return {
        **{name: row[name] for name in ("id", "name", "label", "content_type", "size", "digest", "created_at")},
        "node_id": node_id("ReleaseAsset", row["id"]),
        "url": call.at(repository.name, f"/releases/assets/{row['id']}"),
        "browser_download_url": f"{WEB}/{repository.name}/releases/download/{tag}/{row['name']}",
        "state": "uploaded",
        "download_count": 0,
        "uploader": user(call),
        "updated_at": row["created_at"],
    }


def _list(repository: Repository, call: Call) -> Reply:
    rows = list(repository.table("releases"))[::-1]
    return Reply(body=[release(repository, call, row) for row in rows])


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=release(repository, call, repository.table("releases").get(call.number)))


def _latest(repository: Repository, call: Call) -> Reply:
    found = repository.table("releases").where(draft=False, prerelease=False)
    if not found:
        raise not_found()
    return Reply(body=release(repository, call, found[-1]))


def _by_tag(repository: Repository, call: Call) -> Reply:
    row = repository.table("releases").first(tag_name=call.names["tag"], draft=False)
    return Reply(body=release(repository, call, row))


def _create(repository: Repository, call: Call) -> Reply:
    body = call.required("tag_name")
    tag, draft = str(body["tag_name"]), bool(body.get("draft", False))
    if not draft and repository.table("releases").where(tag_name=tag, draft=False):
        raise RefusedError(
            422, "Validation Failed", [{"resource": "Release", "code": "already_exists", "field": "tag_name"}]
        )
    row = repository.table("releases").add(
        {
            "tag_name": tag,
            "target_commitish": body.get("target_commitish") or repository.scene.default_branch,
            "name": body.get("name"),
            "body": body.get("body") or _made_notes(repository, body),
            "draft": draft,
            "prerelease": bool(body.get("prerelease", False)),
            "created_at": now(),
            "published_at": None if draft else now(),
        }
    )
    _tag(repository, row)
    return Reply(status=201, body=release(repository, call, row))


def _tag(repository: Repository, row: Facts) -> None:
    """A release that is no draft makes its tag, where there is none."""
    if not row["draft"]:
        repository.refs.setdefault(f"refs/tags/{row['tag_name']}", repository.commit_of(row["target_commitish"]))


def _made_notes(repository: Repository, body: Facts) -> str | None:
    return _notes(repository, body)["body"] if body.get("generate_release_notes") else None


def _notes(repository: Repository, body: Facts) -> dict[str, str]:
    tag, before = str(body["tag_name"]), body.get("previous_tag_name")
    span = f"compare/{before}...{tag}" if before else f"commits/{tag}"
    return {"name": tag, "body": f"**Full Changelog**: {WEB}/{repository.name}/{span}"}


def _generate(repository: Repository, call: Call) -> Reply:
    return Reply(body=_notes(repository, call.required("tag_name")))


def _update(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("releases").get(call.number), call.body
    row.update({name: body[name] for name in _EDITABLE if body.get(name) is not None})
    if not row["draft"] and row["published_at"] is None:
        row["published_at"] = now()
    _tag(repository, row)
    return Reply(body=release(repository, call, row), told={"tag": row["tag_name"]})


def _delete(repository: Repository, call: Call) -> Reply:
    tag = repository.table("releases").get(call.number)["tag_name"]
    repository.table("releases").drop(call.number)
    for one in repository.table("assets").where(release=call.number):
        repository.table("assets").drop(one["id"])
    return Reply(status=204, told={"tag": tag})


def _assets(repository: Repository, call: Call) -> Reply:
    repository.table("releases").get(call.number)
    rows = repository.table("assets").where(release=call.number)
    return Reply(body=[asset(repository, call, row) for row in rows])


def _upload(repository: Repository, call: Call) -> Reply:
    tag = repository.table("releases").get(call.number)["tag_name"]
    name = call.query.get("name", "")
    if not name:
        raise RefusedError(422, "Validation Failed", [{"resource": "ReleaseAsset", "code": "missing_field"}])
    if repository.table("assets").where(release=call.number, name=name):
        raise RefusedError(
            422, "Validation Failed", [{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}]
        )
    digest = hashlib.sha256(call.data).hexdigest()
    (repository.folder / "assets").mkdir(exist_ok=True)
    (repository.folder / "assets" / digest).write_bytes(call.data)
    row = repository.table("assets").add(
        {
            "release": call.number,
            "name": name,
            "label": call.query.get("label", ""),
            "content_type": call.headers.get("content-type", "application/octet-stream"),
            "size": len(call.data),
            "digest": f"sha256:{digest}",
            "created_at": now(),
        }
    )
    return Reply(status=201, body=asset(repository, call, row), told={"tag": tag})


def _asset(repository: Repository, call: Call) -> Reply:
    row = repository.table("assets").get(call.number)
    if "octet-stream" in call.headers.get("accept", ""):
        path = repository.folder / "assets" / row["digest"].removeprefix("sha256:")
        return Reply(body=path.read_bytes(), headers={"Content-Type": "application/octet-stream"})
    return Reply(body=asset(repository, call, row))


def _update_asset(repository: Repository, call: Call) -> Reply:
    row = repository.table("assets").get(call.number)
    row.update({name: call.body[name] for name in ("name", "label") if name in call.body})
    return Reply(body=asset(repository, call, row))


def _delete_asset(repository: Repository, call: Call) -> Reply:
    name = repository.table("assets").get(call.number)["name"]
    repository.table("assets").drop(call.number)
    return Reply(status=204, told={"name": name})


_RELEASES = "/repos/{owner}/{repo}/releases"
_ASSET = f"{_RELEASES}/assets/{{number}}"
_ONE = f"{_RELEASES}/{{number}}"
ROUTES = (
    Route(method="GET", path=_RELEASES, answer=_list),
    Route(method="POST", path=_RELEASES, answer=_create, kind="release", scope="contents", target="{tag_name}"),
    Route(method="GET", path=f"{_RELEASES}/latest", answer=_latest),
    Route(method="GET", path=f"{_RELEASES}/tags/{{tag...}}", answer=_by_tag),
    Route(method="POST", path=f"{_RELEASES}/generate-notes", answer=_generate),
    Route(method="GET", path=_ASSET, answer=_asset),
    Route(method="PATCH", path=_ASSET, answer=_update_asset, kind="asset-edit", scope="contents", target="{name}"),
    Route(
        method="DELETE",
        path=_ASSET,
        answer=_delete_asset,
        kind="asset-deletion",
        scope="contents",
        target="{name}",
    ),
    Route(method="GET", path=_ONE, answer=_get),
    Route(method="PATCH", path=_ONE, answer=_update, kind="release-edit", scope="contents", target="{tag}"),
    Route(method="DELETE", path=_ONE, answer=_delete, kind="release-deletion", scope="contents", target="{tag}"),
    Route(method="GET", path=f"{_ONE}/assets", answer=_assets),
    Route(method="POST", path=f"{_ONE}/assets", answer=_upload, kind="asset", scope="contents", target="{tag} {name}"),
)
