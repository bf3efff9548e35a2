"""Paths as the job's scripts write them, and where they are on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.runners import protocol


def on_machine(host: ActionHost, pattern: str) -> str:
    """A path or pattern (``!`` excludes) in the job's ``/tmp`` as this machine has it; any other one as it is.

    Raises ``ActionFailedError`` for what is in the job's container alone.
    """
    path = pattern.lstrip(" \t!")
    if host.container is not None:
        check_shared(host, path)
        return pattern
    return pattern[: len(pattern) - len(path)] + protocol.on_machine(host.workspace, path)


def place_of(host: ActionHost, path: str | Path) -> Path:
    """Where this machine has a file or folder that an input names: relative ones are the workspace's.

    Raises ``ActionFailedError`` as ``on_machine`` does.
    """
    return Path(on_machine(host, str(host.workspace.paths.workspace / path)))


def check_shared(host: ActionHost, path: str) -> None:
    """A path of a job in a container must be in a folder that this machine has, too: a file of this machine's own that
    happens to have the same name is another one. Raises ``ActionFailedError``.
    """
    if host.container is None or path == "~" or path.startswith("~/"):
        return
    paths = host.workspace.paths
    meant = Path(os.path.normpath(paths.workspace / path))
    if not meant.is_relative_to(paths.root) and not meant.is_relative_to(paths.tools):
        raise ActionFailedError(
            f"'{path}' is in the job's container alone, where this action can't reach it. Shared are /__w with the "
            "workspace and RUNNER_TEMP, /github/home and /__t: copy it to one of these in a step before"
        )


def check_links(host: ActionHost, files: Iterable[Path]) -> None:
    """What links in a container's folders lead to must be shared, too: such a link names a file of the container, and
    would give one of this machine's away. Raises ``ActionFailedError``.
    """
    if host.container is None:
        return
    shared = [folder.resolve() for folder in (host.workspace.paths.root, host.workspace.paths.tools)]
    for file in files:
        real = file.resolve()
        if not any(real.is_relative_to(folder) for folder in shared):
            raise ActionFailedError(
                f"'{file.name}' is a link to {real}, or lies behind one: that is in the job's container alone, where "
                "this action can't reach it. Copy it to the workspace in a step before"
            )


def text_of(host: ActionHost, file: str) -> str:
    """A text file that an input names. Raises ``ActionFailedError``."""
    place = place_of(host, file)
    check_links(host, [place])
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ActionFailedError(f"{file} can't be read: {error}") from error
