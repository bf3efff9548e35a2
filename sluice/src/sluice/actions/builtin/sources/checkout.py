"""``actions/checkout``: the commit under test, as a real clone in the workspace.

The event's own commit comes from the snapshot on this machine; another repository is fetched by git.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines, whole_number
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.sources.checkout_source import Source, find_source
from sluice.actions.builtin.sources.forks import refuse_strangers_code
from sluice.actions.builtin.sources.git import Git
from sluice.actions.builtin.sources.large_files import bring_large_files
from sluice.actions.builtin.sources.submodules import update_submodules
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.machine.trees import remove

_MANIFEST = """
name: Checkout
inputs:
  repository: {default: "${{ github.repository }}"}
  ref: {}
  token: {default: "${{ github.token }}"}
  ssh-key: {}
  ssh-known-hosts: {}
  ssh-strict: {default: "true"}
  ssh-user: {default: git}
  persist-credentials: {default: "true"}
  path: {}
  clean: {default: "true"}
  filter: {}
  sparse-checkout: {}
  sparse-checkout-cone-mode: {default: "true"}
  fetch-depth: {default: "1"}
  fetch-tags: {default: "false"}
  show-progress: {default: "true"}
  lfs: {default: "false"}
  submodules: {default: "false"}
  set-safe-directory: {default: "true"}
  github-server-url: {}
  allow-unsafe-pr-checkout: {default: "false"}
outputs:
  ref: {description: what was checked out}
  commit: {description: its commit}
runs: {using: node20, main: built-in}
"""
_NO_SSH = "repositories are read from this machine or by HTTPS"


class Checkout(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/checkout")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "ssh-key": _NO_SSH,
            "ssh-known-hosts": _NO_SSH,
            "ssh-strict": _NO_SSH,
            "ssh-user": _NO_SSH,
            "filter": "the repository is on this machine, whole",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Clone, check out, set the outputs."""
        tell_what_is_left_out(host, self)
        folder = _folder(host)
        source = await find_source(host)
        refuse_strangers_code(host)
        git = Git(host, folder)
        await _prepare(git, source)
        await _fetch_and_check_out(git, source)
        if boolean(host.inputs, "lfs"):
            await bring_large_files(git, source)
        if host.inputs["submodules"].lower() in {"true", "recursive"}:
            await update_submodules(git, source, recursive=host.inputs["submodules"].lower() == "recursive")
        host.set_output("ref", source.ref)
        host.set_output("commit", source.commit or (await git.output("rev-parse", "HEAD")).strip())

    async def post(self, host: ActionHost) -> None:
        """Nothing was left that has to go: no token is ever written."""


def _folder(host: ActionHost) -> Path:
    workspace = host.workspace.paths.workspace
    folder = (workspace / host.inputs["path"]).resolve()
    if not folder.is_relative_to(workspace.resolve()):
        raise ActionFailedError(f"Repository path '{folder}' is not under '{workspace}'")
    return folder


async def _prepare(git: Git, source: Source) -> None:
    """An empty repository, or what an earlier checkout of the same one left, cleaned.

    The commands are the real action's and no more: starting a process takes longer than what it does here.
    """
    host, folder = git.host, git.folder
    if boolean(host.inputs, "set-safe-directory"):
        await git.run("config", "--global", "--add", "safe.directory", str(folder))
    if not await _is_the_same(git, source) or (boolean(host.inputs, "clean") and not await _cleaned(git)):
        _empty(folder)
        await git.run("init", "--quiet", ".")
        await git.run("remote", "add", "origin", source.origin)
        await git.run("config", "--local", "gc.auto", "0")
    if patterns := lines(host.inputs, "sparse-checkout"):
        cone = "--cone" if boolean(host.inputs, "sparse-checkout-cone-mode") else "--no-cone"
        await git.run("sparse-checkout", "set", cone, *patterns)
    elif (folder / ".git/info/sparse-checkout").is_file():
        await git.run("sparse-checkout", "disable")


async def _is_the_same(git: Git, source: Source) -> bool:
    if not (git.folder / ".git").exists():
        return False
    code, output = await git.ask("config", "--local", "--get", "remote.origin.url")
    return code == 0 and output.strip() == source.origin


async def _cleaned(git: Git) -> bool:
    results = [(await git.ask("clean", "-ffdx"))[0], (await git.ask("reset", "--quiet", "--hard", "HEAD"))[0]]
    return results == [0, 0]


def _empty(folder: Path) -> None:
    """What is in the way of a fresh clone goes, as with the real action."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        remove(path)


async def _fetch_and_check_out(git: Git, source: Source) -> None:
    depth = whole_number(git.host.inputs, "fetch-depth", 1)
    tags = "--tags" if depth == 0 or boolean(git.host.inputs, "fetch-tags") else "--no-tags"
    options = ["fetch", "--quiet", "--force", "--no-auto-gc", "--no-recurse-submodules", "--update-head-ok", tags]
    if depth == 0:
        options.append("--update-shallow")  # the clone that a person works in may be shallow itself
        await git.run(*options, "--", source.address, "+refs/heads/*:refs/remotes/origin/*", secret=source.credentials)
    else:
        options.append(f"--depth={depth}")
    said = ""
    for wanted in source.candidates():
        kept = wanted.kept_as
        comes_anyway = tags == "--tags" and kept is not None and kept.startswith("refs/tags/")
        what = f"+{wanted.name}:{kept}" if kept and not comes_anyway else wanted.name
        code, said = await git.ask(*options, "--", source.address, what, secret=source.credentials)
        if code == 0:
            if kept and comes_anyway:
                await _place_tag(git, kept, wanted.name)
            await _check_out(git, wanted.branch, kept)
            if depth == 0:
                await _tell_what_is_not_here(git)
            return
    raise _not_had(source, said.strip())


def _not_had(source: Source, said: str) -> ActionFailedError:
    """What git ``said``: there is no such ref (in its words for a name and for a commit), or it got nowhere."""
    if "couldn't find remote ref" in said or "not our ref" in said:
        message = f"A branch or tag with the name '{source.wanted}' could not be found in {source.origin}: {said}"
    else:
        message = f"'{source.wanted}' could not be fetched from {source.origin}: {said}"
    return ActionFailedError(message)


async def _tell_what_is_not_here(git: Git) -> None:
    if (await git.output("rev-parse", "--is-shallow-repository")).strip() == "true":
        git.host.warning(
            "The whole history was asked for, and the repository on this machine is a shallow clone: "
            "what it lacks is lacking here (`git fetch --unshallow` brings it)"
        )


async def _place_tag(git: Git, tag: str, wanted: str) -> None:
    """A tag that came with the others, an annotated one as it is; the event's commit is what it must lead to."""
    code, output = await git.ask("rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}")
    if wanted != tag and (code != 0 or output.strip() != wanted):
        await git.run("update-ref", tag, wanted)


async def _check_out(git: Git, branch: str | None, kept: str | None) -> None:
    if branch is None:
        await git.run("checkout", "--quiet", "--force", "--detach", kept or "FETCH_HEAD")
    else:
        await git.run("checkout", "--quiet", "--force", "-B", branch, f"refs/remotes/origin/{branch}")
