"""Changes of one file, each a commit of its own on a branch of the stand-in's copy."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, RefusedError, Reply, not_found
from sluice.rehearsal.github.copy import commit_at, move_ref, read
from sluice.rehearsal.github.resources.commits import git_commit
from sluice.rehearsal.github.resources.contents import entries
from sluice.rehearsal.github.resources.objects import write_blob, write_commit, write_tree
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def _put(repository: Repository, call: Call) -> Reply:
    """A new file, or another content of one, as a commit on a branch."""
    body = call.required("message")
    if not isinstance(body.get("content"), str):
        call.required("content")
    change = _Change(repository, call, body)
    sha = write_blob(repository, {"content": body["content"], "encoding": "base64"})
    change.commit({"path": call.names["path"], "mode": change.mode, "sha": sha})
    (entry,) = entries(repository, call, change.made, call.names["path"])
    return change.reply(entry, 200 if change.before else 201)


def _remove(repository: Repository, call: Call) -> Reply:
    body = {**call.query, **call.body}
    change = _Change(repository, call, body)
    if change.before is None:
        raise not_found()
    change.commit({"path": call.names["path"], "sha": None})
    return change.reply(None, 200)


class _Change:
    """A change of one file on a branch. Raises ``RefusedError`` where another is there than ``body`` says."""

    def __init__(self, repository: Repository, call: Call, body: Facts) -> None:
        self._repository = repository
        self._call = call
        self._body = body
        self.branch = str(body.get("branch") or repository.scene.default_branch).removeprefix("refs/heads/")
        self._parent = self._tip()
        found = entries(repository, call, self._parent, call.names["path"]) if self._parent else []
        self.before: Facts | None = found[0] if found else None
        self.made = ""
        self._check()

    @property
    def mode(self) -> str:
        """The file's own, where there is one."""
        path = ("--literal-pathspecs", "ls-tree", self._parent, "--", self._call.names["path"])
        return read(self._repository, *path).decode("utf-8", "replace").split()[0] if self.before else "100644"

    def commit(self, entry: Facts) -> None:
        """Put the file's entry into a new commit, and the branch there."""
        repository, parents = self._repository, [self._parent] if self._parent else []
        tree = write_tree(repository, self._parent or None, [entry])
        self.made = write_commit(repository, self._body, tree, parents)
        move_ref(repository, f"refs/heads/{self.branch}", self.made)

    def reply(self, content: Facts | None, status: int) -> Reply:
        """A ``file-commit``."""
        commit = git_commit(self._repository, self._call, self.made)
        return Reply(status=status, body={"content": content, "commit": commit}, told={"branch": self.branch})

    def _tip(self) -> str:
        try:
            return commit_at(self._repository, f"refs/heads/{self.branch}")
        except RefusedError as error:
            if self._repository.refs:
                raise RefusedError(404, f"Branch {self.branch} not found") from error
            return ""

    def _check(self) -> None:
        sha, path = self._body.get("sha"), self._call.names["path"]
        if self.before and not sha:
            raise RefusedError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if self.before and self.before["sha"] != sha:
            raise RefusedError(409, f"{path} does not match {sha}")


_FILE = "/repos/{owner}/{repo}/contents/{path...}"
ROUTES = (
    Route(method="PUT", path=_FILE, answer=_put, kind="file", scope="contents", target="{branch} {path}"),
    Route(
        method="DELETE", path=_FILE, answer=_remove, kind="file-deletion", scope="contents", target="{branch} {path}"
    ),
)
