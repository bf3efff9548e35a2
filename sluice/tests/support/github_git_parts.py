"""What is asked of the stand-in about commits, objects, pull requests' changes, reviews, and searches."""

from __future__ import annotations

import base64

from github_asking import Asking
from github_hub import SHA

REPO = "/repos/octo/app"
_NOWHERE = "0" * 40


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def ask_commits(ok: Asking) -> None:
    after = ok("GET", f"{REPO}/commits/after")
    assert [one["filename"] for one in after["files"]] == ["c.txt", "docs/new.bin", "gone.txt"]
    assert after["files"][0]["patch"].splitlines()[-1] == "+four"
    assert after["stats"] == {"additions": 1, "deletions": 1, "total": 2}
    assert (after["commit"]["message"], after["commit"]["author"]["name"], after["author"]) == ("after", "a", None)
    before = ok("GET", f"{REPO}/commits/{after['parents'][0]['sha'][:9]}")
    assert {one["status"] for one in before["files"]} == {"added"}
    listed = ok.hub.ask("GET", f"{REPO}/commits", sha="after")[1]
    assert [one["commit"]["message"] for one in listed] == ["after", "before"]
    assert [one["sha"] for one in ok.hub.ask("GET", f"{REPO}/commits", sha="after", path="link")[1]] == [before["sha"]]
    assert ok.hub.ask("GET", f"{REPO}/commits/nowhere")[0] == 422
    assert ok("GET", f"{REPO}/branches/after")["commit"]["sha"] == after["sha"]
    assert "after" in [one["name"] for one in ok.hub.ask("GET", f"{REPO}/branches")[1]]
    assert ok.hub.ask("GET", f"{REPO}/branches/nowhere")[0] == 404


def ask_comparisons(ok: Asking) -> None:
    def compared(span: str) -> tuple[str, int, int, int]:
        found = ok("GET", f"{REPO}/compare/{span}")
        return found["status"], found["ahead_by"], found["behind_by"], len(found["files"])

    assert compared("before...after") == ("ahead", 1, 0, 3)
    assert compared("after...octo:before") == ("behind", 0, 1, 0)
    assert compared("after...after") == ("identical", 0, 0, 0)
    for span in ("before..after", "before...nowhere"):
        assert ok.hub.ask("GET", f"{REPO}/compare/{span}")[0] == 404


def ask_objects(ok: Asking) -> None:
    """A commit that is made of blob and tree is there for whoever reads, its branch's other files with it."""
    before = ok("GET", f"{REPO}/git/commits/{ok('GET', f'{REPO}/commits/before')['sha']}")
    tree = ok("GET", f"{REPO}/git/trees/before")
    assert tree["sha"] == before["tree"]["sha"]
    assert ("link", "120000", "blob") in [(one["path"], one["mode"], one["type"]) for one in tree["tree"]]
    deep = ok("GET", f"{REPO}/git/trees/{tree['sha']}", recursive="1")
    assert "docs/ü.md" in [one["path"] for one in deep["tree"]]
    docs = next(one["sha"] for one in tree["tree"] if one["path"] == "docs")
    blob = ok("POST", f"{REPO}/git/blobs", {"content": _encoded("new\n"), "encoding": "base64"})
    assert base64.b64decode(ok("GET", f"{REPO}/git/blobs/{blob['sha']}")["content"]) == b"new\n"
    entries = [
        {"path": "docs/new.txt", "mode": "100755", "type": "blob", "sha": blob["sha"]},
        {"path": "said.txt", "mode": "100644", "type": "blob", "content": "said\n"},
        {"path": "gone.txt", "mode": "100644", "type": "blob", "sha": None},
        {"path": "copy", "mode": "040000", "type": "tree", "sha": docs},
    ]
    made = ok("POST", f"{REPO}/git/trees", {"base_tree": before["sha"], "tree": entries})
    asked = {"message": "Made", "tree": made["sha"], "parents": [before["sha"]]}
    commit = ok("POST", f"{REPO}/git/commits", asked)
    assert commit["author"]["name"] == "github-actions[bot]"
    ok("POST", f"{REPO}/git/refs", {"ref": "refs/heads/made", "sha": commit["sha"]})
    found = {one["filename"]: one["status"] for one in ok("GET", f"{REPO}/compare/before...made")["files"]}
    assert found == {"copy/ü.md": "added", "docs/new.txt": "added", "gone.txt": "removed", "said.txt": "added"}
    for body in ({"tree": [{"path": "x", "mode": "100644", "sha": _NOWHERE}]}, {"base_tree": "HEAD", "tree": []}):
        assert ok.hub.ask("POST", f"{REPO}/git/trees", body)[0] == 422
    assert ok.hub.ask("POST", f"{REPO}/git/blobs", {"content": "?", "encoding": "base64"})[0] == 422


def ask_tags(ok: Asking) -> None:
    after = ok("GET", f"{REPO}/commits/after")["sha"]
    tagger = {"name": "Ada", "email": "ada@x.example", "date": "2026-11-23T19:07:00Z"}
    asked = {"tag": "v7", "message": "Seven\n\nof it", "object": after, "type": "commit", "tagger": tagger}
    made = ok("POST", f"{REPO}/git/tags", asked)
    assert made["sha"] != after
    assert ok("GET", f"{REPO}/git/tags/{made['sha']}") == made
    ok("POST", f"{REPO}/git/refs", {"ref": "refs/tags/v7", "sha": made["sha"]})
    assert ok("GET", f"{REPO}/git/ref/tags/v7")["object"]["type"] == "tag"
    assert ok("GET", f"{REPO}/git/ref/heads/after")["object"]["type"] == "commit"
    assert ok("GET", f"{REPO}/commits/v7")["sha"] == after
    assert ok.hub.ask("GET", f"{REPO}/git/tags/{after}")[0] == 404


def ask_file_changes(ok: Asking) -> None:
    at = f"{REPO}/contents/docs/deep/a.txt"
    asked = {"message": "Add it", "content": _encoded("one\n"), "branch": "made"}
    added = ok("PUT", at, asked)
    assert added["commit"]["sha"] == ok("GET", f"{REPO}/git/ref/heads/made")["object"]["sha"]
    assert ok.hub.ask("PUT", at, asked)[0] == 422
    assert ok.hub.ask("PUT", at, {**asked, "sha": _NOWHERE})[0] == 409
    assert ok.hub.ask("PUT", at, {**asked, "branch": "nowhere"})[0] == 404
    changed = ok("PUT", at, {**asked, "content": _encoded("two\n"), "sha": added["content"]["sha"]})
    assert base64.b64decode(ok("GET", at, ref="made")["content"]) == b"two\n"
    assert "a b.txt" in [one["path"] for one in ok.hub.ask("GET", f"{REPO}/contents/", ref="made")[1]]
    gone = ok("DELETE", at, {"message": "Drop it", "branch": "made", "sha": changed["content"]["sha"]})
    assert gone["content"] is None
    assert ok.hub.ask("GET", at, ref="made")[0] == 404
    assert ok.hub.ask("DELETE", at, {"message": "Again", "branch": "made", "sha": SHA})[0] == 404


def ask_pull_changes(ok: Asking) -> None:
    after = ok("GET", f"{REPO}/commits/after")["sha"]
    assert [one["sha"] for one in ok.hub.ask("GET", f"{REPO}/pulls/70/commits")[1]] == [after]
    assert ok.hub.ask("GET", f"{REPO}/pulls/7/commits")[0] == 404
    repository = ok.hub.desk.repository("octo/app")
    repository.table("issues").add({**_ISSUE, "labels": ["bug"], "pull": True}, 70)
    whole = ok("GET", f"{REPO}/pulls/70")
    assert [whole[name] for name in ("commits", "changed_files", "additions", "deletions")] == [1, 3, 1, 1]
    assert [one["number"] for one in ok.hub.ask("GET", f"{REPO}/commits/{after}/pulls")[1]] == [70]
    before = ok("GET", f"{REPO}/commits/before")["sha"]
    assert ok.hub.ask("GET", f"{REPO}/commits/{before}/pulls")[1] == []
    assert any(f"commits/{before}/pulls was answered of the pull requests" in one for one in ok.hub.warnings)


_ISSUE = {"title": "Seventy", "body": "It.", "state": "open", "created_at": None, "user": {"login": "ada"}}


def ask_reviews(ok: Asking) -> None:
    at = f"{REPO}/pulls/70"
    ok("POST", f"{at}/requested_reviewers", {"reviewers": ["ada", "ben"], "team_reviewers": ["core"]})
    ok("DELETE", f"{at}/requested_reviewers", {"reviewers": ["ben"]})
    asked = ok("GET", f"{at}/requested_reviewers")
    assert [[one.get("login") or one["slug"] for one in asked[kind]] for kind in ("users", "teams")] == [
        ["ada"],
        ["core"],
    ]
    made = ok("POST", f"{at}/reviews", {"event": "APPROVE"})
    pending = ok("POST", f"{at}/reviews", {"body": "Hm."})
    assert (made["state"], pending["state"]) == ("APPROVED", "PENDING")
    one = f"{at}/reviews/{pending['id']}"
    ok("PUT", one, {"body": "Well."})
    assert ok("POST", f"{one}/events", {"event": "REQUEST_CHANGES"})["state"] == "CHANGES_REQUESTED"
    assert ok("PUT", f"{one}/dismissals", {"message": "No."})["state"] == "DISMISSED"
    assert ok.hub.ask("PUT", f"{one}/dismissals", {"message": "No."})[0] == 422
    assert ok("GET", one)["body"] == "Well."
    assert [one["state"] for one in ok.hub.ask("GET", f"{at}/reviews")[1]] == ["APPROVED", "DISMISSED"]
    assert ok.hub.ask("POST", f"{at}/reviews", {"event": "COMMENT"})[0] == 422
    assert ok.hub.ask("GET", f"{REPO}/pulls/7/reviews/{made['id']}")[0] == 404


def ask_searches(ok: Asking) -> None:
    def found(query: str) -> list[int]:
        return [one["number"] for one in ok("GET", "/search/issues", q=query)["items"] if one["number"] in {7, 9, 70}]

    after = ok("GET", f"{REPO}/commits/after")["sha"]
    assert found(f"repo:octo/app is:pr {after}") == [70]
    assert found(f"repo:octo/app type:pr sha:{after[:7]}") == [70]
    assert found("repo:octo/app is:issue is:open nine") == [9]
    assert found('repo:octo/app label:"bug" -is:issue author:ada') == [70]
    assert found("repo:octo/app head:after base:before state:open") == [70]
    assert found("repo:octo/other is:pr") == []
    assert not ok("GET", "/search/issues", q="repo:octo/app in:title seven")["incomplete_results"]
    assert ok("GET", "/search/issues", q="repo:octo/app created:>2020-01-01 seven")["incomplete_results"]
    assert any("GET /search/issues was answered of" in one for one in ok.hub.warnings)
    assert ok.hub.ask("GET", "/search/issues", q="")[0] == 422


def ask_conversations(ok: Asking) -> None:
    at = f"{REPO}/issues/70"
    assert [one["name"] for one in ok.hub.ask("PUT", f"{at}/labels", {"labels": ["a", "b"]})[1]] == ["a", "b"]
    ok("DELETE", f"{at}/labels")
    assert ok.hub.ask("GET", f"{at}/labels")[1] == []
    for method, locked in (("PUT", True), ("DELETE", False)):
        ok(method, f"{at}/lock")
        assert ok("GET", at)["locked"] is locked
    assert ok.hub.ask("GET", f"{at}/events")[1] == []
    assert [one["number"] for one in ok.hub.ask("GET", f"{REPO}/issues", creator="ada")[1]] == [70]
    assert 70 not in [one["number"] for one in ok.hub.ask("GET", f"{REPO}/issues", assignee="*")[1]]


GIT_PARTS = (
    ask_commits,
    ask_comparisons,
    ask_objects,
    ask_tags,
    ask_file_changes,
    ask_pull_changes,
    ask_reviews,
    ask_searches,
    ask_conversations,
)
