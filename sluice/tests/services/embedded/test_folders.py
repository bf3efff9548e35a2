from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sluice.services.embedded.folders import Folders, starting_in

pytestmark = pytest.mark.anyio


def fill(data: Path, *, fails: bool = False) -> None:
    (data / "files").mkdir()
    if fails:
        raise OSError("no space")


async def fail_to_start(folders: Folders, filling: Callable[[Path], None]) -> None:
    async with starting_in(folders, "redis", filling) as data:
        assert (data.path / "files").is_dir()
        raise ValueError("no start")


async def test_a_data_folder_goes_when_it_can_not_be_filled_or_the_server_does_not_start(tmp_path: Path) -> None:
    folders = Folders(root=tmp_path, identity=None)
    with pytest.raises(OSError, match="no space"):
        await fail_to_start(folders, partial(fill, fails=True))
    assert list(folders.data.iterdir()) == []
    with pytest.raises(ValueError, match="no start"):
        await fail_to_start(folders, fill)
    assert list(folders.data.iterdir()) == []


async def test_a_data_folder_stays_when_the_server_started(tmp_path: Path) -> None:
    folders = Folders(root=tmp_path, identity=None)
    async with starting_in(folders, "redis", fill) as data:
        pass
    assert (data.path / "files").is_dir()
    data.remove()
    assert list(folders.data.iterdir()) == []
