"""Which repository git speaks of: the one that its folder is in, whatever the caller's environment says.

A git hook, and a shell that works on a repository by ``GIT_DIR``, hand these variables on; a git that is started with
them would read, or change, the caller's repository instead of the one meant.
"""

from __future__ import annotations

from collections.abc import Mapping

_LOCAL = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_OBJECT_DIRECTORY",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_REPLACE_REF_BASE",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
    }
)
"""What ``git rev-parse --local-env-vars`` lists, but the configuration: that may say how to reach a server."""


def without_git_place(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what names a repository."""
    return {name: value for name, value in environment.items() if name not in _LOCAL}
