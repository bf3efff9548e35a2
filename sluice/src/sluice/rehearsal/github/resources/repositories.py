"""The repository itself, its refs and tags, who asks, and what limits there are."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping

from sluice.github_api.calls import Call, Facts, RefusedError, Reply, not_found
from sluice.github_api.shapes import node_id, repository_of
from sluice.rehearsal.github.copy import move_ref, read
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def ref_of(repository: Repository, call: Call, ref: str, kinds: Mapping[str, str]) -> Facts:
    """A ``git-ref``; ``kinds`` are the kinds of object by name, where they are not commits."""
    sha = repository.refs[ref]
    kind = kinds.get(sha, "commit")
    return {
        "ref": ref,
        "node_id": node_id("Ref", ref),
        "url": call.at(repository.name, f"/git/{ref}"),
        "object": {"type": kind, "sha": sha, "url": call.at(repository.name, f"/git/{kind}s/{sha}")},
    }


def _kinds(repository: Repository) -> dict[str, str]:
    """The kind of object that a tag names, by the object's name: a tag with a message is one of its own."""
    with contextlib.suppress(RefusedError):
        listed = read(repository, "for-each-ref", "--format=%(objectname) %(objecttype)", "refs/tags").decode()
        return dict(line.split(" ", 1) for line in listed.splitlines())
    return {}


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=repository_of(repository.named, call))


def _ref(repository: Repository, call: Call) -> Reply:
    return Reply(body=ref_of(repository, call, _known(repository, call), _kinds(repository)))


def _known(repository: Repository, call: Call) -> str:
    ref = f"refs/{call.names['ref']}"
    if ref not in repository.refs:
        raise not_found()
    return ref


def _matching(repository: Repository, call: Call) -> Reply:
    start = f"refs/{call.names.get('ref', '')}"
    kinds, found = _kinds(repository), sorted(ref for ref in repository.refs if ref.startswith(start))
    return Reply(body=[ref_of(repository, call, ref, kinds) for ref in found])


def _create_ref(repository: Repository, call: Call) -> Reply:
    body = call.required("ref", "sha")
    ref = str(body["ref"])
    if not re.fullmatch(r"refs/[^/]+/.+", ref):
        raise RefusedError(422, "Reference name must start with 'refs' and have at least two slashes.")
    if ref in repository.refs:
        raise RefusedError(422, "Reference already exists")
    move_ref(repository, ref, str(body["sha"]))
    return Reply(status=201, body=ref_of(repository, call, ref, _kinds(repository)))


def _update_ref(repository: Repository, call: Call) -> Reply:
    move_ref(repository, _known(repository, call), str(call.required("sha")["sha"]))
    return _ref(repository, call)


def _delete_ref(repository: Repository, call: Call) -> Reply:
    move_ref(repository, _known(repository, call), None)
    return Reply(status=204)


def _tags(repository: Repository, call: Call) -> Reply:
    found = {
        ref.removeprefix("refs/tags/"): sha for ref, sha in repository.refs.items() if ref.startswith("refs/tags/")
    }
    return Reply(body=[_tag(repository, call, name, found[name]) for name in sorted(found, reverse=True)])


def _tag(repository: Repository, call: Call, name: str, sha: str) -> Facts:
    return {
        "name": name,
        "node_id": node_id("Ref", name),
        "zipball_url": call.at(repository.name, f"/zipball/refs/tags/{name}"),
        "tarball_url": call.at(repository.name, f"/tarball/refs/tags/{name}"),
        "commit": {"sha": sha, "url": call.at(repository.name, f"/commits/{sha}")},
    }


def _user(repository: Repository, call: Call) -> Reply:  # noqa: ARG001 - every answer gets both
    raise RefusedError(403, "Resource not accessible by integration")


def _rates(repository: Repository, call: Call) -> Reply:  # noqa: ARG001 - every answer gets both
    rate = {"limit": 5000, "used": 0, "remaining": 5000, "reset": int(time.time()) + 3600}
    return Reply(body={"resources": {"core": rate, "search": rate, "graphql": rate}, "rate": rate})


def _root(repository: Repository, call: Call) -> Reply:  # noqa: ARG001 - every answer gets both
    return Reply(body={"current_user_url": f"{call.api}/user", "rate_limit_url": f"{call.api}/rate_limit"})


_REPOSITORY = "/repos/{owner}/{repo}"
_REFS = f"{_REPOSITORY}/git/refs"
_REF = f"{_REFS}/{{ref...}}"
ROUTES = (
    Route(method="GET", path="/", answer=_root),
    Route(method="GET", path="/user", answer=_user),
    Route(method="GET", path="/rate_limit", answer=_rates),
    Route(method="GET", path=_REPOSITORY, answer=_get),
    Route(method="GET", path=f"{_REPOSITORY}/tags", answer=_tags),
    Route(method="GET", path=f"{_REPOSITORY}/git/ref/{{ref...}}", answer=_ref),
    Route(method="GET", path=f"{_REPOSITORY}/git/matching-refs/{{ref...}}", answer=_matching),
    Route(method="POST", path=_REFS, answer=_create_ref, kind="ref", scope="contents", target="{ref}"),
    Route(method="PATCH", path=_REF, answer=_update_ref, kind="ref-move", scope="contents", target="refs/{ref}"),
    Route(method="DELETE", path=_REF, answer=_delete_ref, kind="ref-deletion", scope="contents", target="refs/{ref}"),
)
