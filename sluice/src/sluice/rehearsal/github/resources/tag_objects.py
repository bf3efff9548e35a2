"""Tags with a message: objects of git's own, to which refs are made (docs.github.com/rest/git/tags)."""

from __future__ import annotations

import time
from datetime import datetime

from sluice.github_api.calls import Call, Facts, RefusedError, Reply, not_found
from sluice.github_api.shapes import BOT, node_id, now
from sluice.rehearsal.github.copy import read, write
from sluice.rehearsal.github.resources.commits import person
from sluice.rehearsal.github.resources.objects import EMAIL, checked
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_FORMAT = "object %s\ntype %s\ntag %s\ntagger %s <%s> %d +0000\n\n%s\n"


def _create(repository: Repository, call: Call) -> Reply:
    """The object itself, where what it names is here; else what it would be, under the name of that."""
    body = call.required("tag", "message", "object", "type")
    given = body.get("tagger") or {}
    tagger = {
        "name": given.get("name") or BOT,
        "email": given.get("email") or EMAIL,
        "date": given.get("date") or now(),
    }
    facts = (body["object"], body["type"], body["tag"], tagger["name"], tagger["email"], _seconds(tagger["date"]))
    try:
        sha = write(repository, (_FORMAT % (*facts, body["message"])).encode(), "mktag")
    except RefusedError:
        sha = str(body["object"])
    told = {"tag": body["tag"], "message": body["message"], "tagger": tagger}
    named = {"sha": body["object"], "type": body["type"]}
    return Reply(status=201, body=_tag(repository, call, sha, {**told, "object": named}))


def _seconds(date: str) -> float:
    try:
        return datetime.fromisoformat(date).timestamp()
    except ValueError:
        return time.time()


def _get(repository: Repository, call: Call) -> Reply:
    sha = checked(call.names["sha"])
    head, _, message = read(repository, "cat-file", "tag", sha).decode("utf-8", "replace").partition("\n\n")
    facts = dict(line.split(" ", 1) for line in head.splitlines() if " " in line)
    if "tagger" not in facts:
        raise not_found()
    name, _, rest = facts["tagger"].partition(" <")
    email, _, date = rest.partition("> ")
    told = {"tag": facts["tag"], "message": message.rstrip("\n"), "tagger": person(name, email, date.split()[0])}
    named = {"sha": facts["object"], "type": facts["type"]}
    return Reply(body=_tag(repository, call, sha, {**told, "object": named}))


def _tag(repository: Repository, call: Call, sha: str, told: Facts) -> Facts:
    """A ``git-tag``; ``told`` are its name, message and tagger, and the object that it is of."""
    named = told["object"]
    return {
        **told,
        "sha": sha,
        "node_id": node_id("Tag", sha),
        "url": call.at(repository.name, f"/git/tags/{sha}"),
        "object": {**named, "url": call.at(repository.name, f"/git/{named['type']}s/{named['sha']}")},
    }


_TAGS = "/repos/{owner}/{repo}/git/tags"
ROUTES = (
    Route(method="POST", path=_TAGS, answer=_create, kind="tag-object", scope="contents", target="{tag}"),
    Route(method="GET", path=f"{_TAGS}/{{sha}}", answer=_get),
)
