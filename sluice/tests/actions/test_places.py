"""What a built-in action, which works from this machine, may touch for a job in a container."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from sluice.actions.builtin.places import check_links, text_of
from sluice.actions.protocol import ActionFailedError

if TYPE_CHECKING:
    from sluice.actions.protocol import ActionHost


def host(root: Path, *, contained: bool) -> ActionHost:
    paths = SimpleNamespace(
        root=root, tools=root.parent / "tools", actions=root.parent / "actions", workspace=root / "work"
    )
    made = SimpleNamespace(workspace=SimpleNamespace(paths=paths), container=object() if contained else None)
    return cast("ActionHost", made)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "job/work").mkdir(parents=True)
    (tmp_path / "key").write_text("of this machine", encoding="utf-8")
    (tmp_path / "job/work/own").write_text("of the job", encoding="utf-8")
    (tmp_path / "job/work/link").symlink_to("own")
    (tmp_path / "job/work/key").symlink_to(tmp_path / "key")
    (tmp_path / "job/work/folder").symlink_to(tmp_path)
    return tmp_path / "job"


@pytest.mark.parametrize("name", ["key", "folder/key"])
def test_a_containers_link_gives_no_file_of_this_machine_away(root: Path, name: str) -> None:
    with pytest.raises(ActionFailedError, match="in the job's container alone"):
        check_links(host(root, contained=True), [root / "work/own", root / "work" / name])
    with pytest.raises(ActionFailedError, match="in the job's container alone"):
        text_of(host(root, contained=True), name)


def test_links_within_the_job_are_followed_and_without_a_container_all_are(root: Path) -> None:
    assert text_of(host(root, contained=True), "link") == "of the job"
    assert text_of(host(root, contained=False), "key") == "of this machine"
