"""Files that users of a container wrote into a job's folders become those of the user who runs Sluice.

Root owns whatever it likes here: this is for everybody else, who could not remove such files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio.to_thread

from sluice.runners.container.action import ActionContainer
from sluice.runners.container.engine import Engine, is_rootless
from sluice.source.errors import UnavailableError


async def taking_back(engine: Engine, places: Iterable[str]) -> Sequence[str]:
    """The command that does it inside a container, as root; nothing where nothing is to do.

    Where the engine has no root, the container's root is the user.
    """
    if os.geteuid() == 0:
        return ()
    owner = "0:0" if await is_rootless(engine) else f"{os.geteuid()}:{os.getegid()}"
    return ("chown", "-R", owner, *places)


async def give_back(container: ActionContainer) -> None:
    """Let one more container of an action's image do it, where somebody else's files were left; an image without
    ``chown`` can't.
    """
    paths = container.paths
    places = (paths.workspace, paths.home, paths.temp, paths.files)
    command = (await taking_back(container.engine, map(str, places)))[1:]  # the program is the container's entry point
    if not command or not await anyio.to_thread.run_sync(lambda: any(map(_has_foreign, places))):
        return
    with suppress(UnavailableError):
        process = await container.start(command, environment={}, directory=paths.workspace)
        await process.wait()


def _has_foreign(folder: Path) -> bool:
    """Whether something in it belongs to another user; a folder that can't be looked into does."""
    mine = os.geteuid()
    for root, folders, files in os.walk(folder, onerror=None):
        if any(os.lstat(Path(root, name)).st_uid != mine for name in (*folders, *files)):
            return True
    return False
