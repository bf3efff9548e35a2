"""An environment as a commit describes it. In: what the working tree says, a commit. Out: what counts for that commit.

Which place it is and who may send what there is the working tree's: no commit gives itself leave, or goes elsewhere.
How a version runs there and when it is well is its commit's, as its program is: today, and when it comes back.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sluice.app.settings import FILE
from sluice.delivery.deployment.policy import ComposeTarget, EnvironmentPolicy, KubernetesTarget, Target
from sluice.repository.git import git, git_bytes

_LINK = "120000"
"""The mode of a link in a tree of git."""
_THE_COMMITS = ("target", "variables", "url", "watch", "health", "verify")


def policy_at(root: Path, policy: EnvironmentPolicy, commit: str) -> EnvironmentPolicy:
    """The environment for this commit; as it is where the commit does not have it, or has another kind of place. Raises
    ``InvalidInputError`` for what the commit's file says wrong of its environments.
    """
    found = environment_at(root, policy.name, commit)
    if found is None or found.target is None or type(found.target) is not type(policy.target):
        return policy
    given = {name: getattr(found, name) for name in _THE_COMMITS}
    return replace(policy, **{**given, "target": _in_the_same_place(found.target, policy.target)})


def environment_at(root: Path, name: str, commit: str) -> EnvironmentPolicy | None:
    """All that the commit says of this environment. Raises ``InvalidInputError``."""
    text = _settings_at(root, commit)
    return None if text is None else _read(text, commit).get(name)


def _settings_at(root: Path, commit: str) -> str | None:
    """The text of the commit's file; where that is a link, of the one that it leads to."""
    text = _shown(root, commit, FILE)
    if text and "\n" not in text and (git(root, "ls-tree", commit, f"./{FILE}") or "").startswith(_LINK):
        return _shown(root, commit, text)
    return text


def _shown(root: Path, commit: str, name: str) -> str | None:
    shown = git_bytes(root, "show", f"{commit}:./{name}")
    return None if shown is None else shown.decode("utf-8", "replace")


def differences(policy: EnvironmentPolicy, described: EnvironmentPolicy) -> str:
    """What the working tree says differently, by the keys of ``sluice.toml``; empty where it is the same."""
    kind = type(policy.target).__name__.removesuffix("Target").lower()
    differing = (name for name in _THE_COMMITS if getattr(policy, name) != getattr(described, name))
    return ", ".join(kind if name == "target" else name for name in differing)


def _read(text: str, commit: str) -> dict[str, EnvironmentPolicy]:
    """The environments alone: the rest of an old file is nobody's concern."""
    from sluice.delivery.deployment.reading import read_environments
    from sluice.source.toml.table import read_document

    document = read_document(text, f"{FILE} of {commit[:10]}")
    found = read_environments(document)
    document.check()
    return found


def _in_the_same_place(target: Target, here: Target | None) -> Target:
    if isinstance(target, KubernetesTarget) and isinstance(here, KubernetesTarget):
        return replace(target, context=here.context)
    if isinstance(target, ComposeTarget) and isinstance(here, ComposeTarget):
        return replace(target, project=here.project)
    return target
