from __future__ import annotations

import os
from pathlib import Path

import pytest

from sluice.services.embedded.folders import DataFolder, Folders, find_folders
from sluice.services.embedded.identity import can_reach, unprivileged
from sluice.services.protocol import Identity
from sluice.source.errors import UnavailableError

NOBODY = Identity(user=65534, group=65534)


def test_who_is_not_root_stays_as_it_is() -> None:
    assert unprivileged(user=1000, mapped="1000 1000 1") is None


def test_root_becomes_somebody_else() -> None:
    found = unprivileged(user=0, mapped="0 0 4294967295")
    assert found is not None
    assert found.user != 0


def test_root_of_a_namespace_with_one_user_is_told_why_it_can_not() -> None:
    with pytest.raises(UnavailableError, match="root in a user namespace that has no other user"):
        unprivileged(user=0, mapped="         0       1000          1\n")


def test_a_closed_folder_on_the_way_can_not_be_reached(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert can_reach(inner / "not/there", None)
    assert not can_reach(inner, Identity(user=os.geteuid() + 1, group=1))


def test_a_folder_that_the_server_can_not_reach_is_not_used(tmp_path: Path) -> None:
    environment = {"SLUICE_HOME": str(tmp_path)}
    assert find_folders(None, environment).root == tmp_path / "cache/servers"
    tmp_path.chmod(0o700)
    other = find_folders(Identity(user=os.geteuid() + 1, group=1), environment)
    assert tmp_path not in other.root.parents


def test_the_folder_of_a_server_that_lives_is_not_swept(tmp_path: Path) -> None:
    folders = Folders(root=tmp_path / "servers", identity=None)
    living, left = DataFolder(folders, "living"), DataFolder(folders, "left")
    os.close(left._lock)  # what the end of its process does
    following = DataFolder(folders, "following")
    assert set(folders.data.iterdir()) == {living.path, following.path}
    for one in (following, living, living):
        one.remove()
    assert list(folders.data.iterdir()) == []


@pytest.mark.needs_root
def test_a_strict_umask_does_not_close_the_folders_to_the_server(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is not root")
    folders = Folders(root=tmp_path / "a/b/servers", identity=NOBODY)
    before = os.umask(0o077)
    try:
        made = folders.templates
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (made, *made.parents[:3])] == [0o711] * 4
