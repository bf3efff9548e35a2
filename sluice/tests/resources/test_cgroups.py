"""Control groups of both versions, on folders that look like them."""

from __future__ import annotations

from pathlib import Path

from sluice.resources.cgroups import Group, open_group
from sluice.resources.container import usage_of
from sluice.resources.model import Limits

LIMITS = Limits(memory=1000, cpus=0.5)


def test_version_two_is_limited_and_read(tmp_path: Path) -> None:
    group = Group({"memory": tmp_path, "cpu": tmp_path}, version=2)
    group.limit(LIMITS)
    assert (tmp_path / "memory.max").read_text() == "1000"
    assert (tmp_path / "cpu.max").read_text() == "50000 100000"
    (tmp_path / "memory.stat").write_text("anon 70\nfile 900\nshmem 5\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\n")
    (tmp_path / "memory.events").write_text("oom 1\noom_kill 1\n")
    assert (group.memory(), group.cpu(), group.out_of_memory()) == (75, 2.5, True)


def test_version_one_is_limited_and_read(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("memory", "cpu", "cpuacct")}
    for folder in folders.values():
        folder.mkdir()
    group = Group(folders, version=1)
    group.limit(LIMITS)
    assert (tmp_path / "memory/memory.limit_in_bytes").read_text() == "1000"
    assert (tmp_path / "cpu/cpu.cfs_quota_us").read_text() == "50000"
    (tmp_path / "memory/memory.stat").write_text("cache 900\ntotal_rss 70\ntotal_shmem 5\n")
    (tmp_path / "memory/memory.oom_control").write_text("oom_kill_disable 0\noom_kill 0\n")
    (tmp_path / "cpuacct/cpuacct.usage").write_text("2500000000\n")
    assert (group.memory(), group.cpu(), group.out_of_memory()) == (75, 2.5, False)


def test_a_limit_that_is_refused_is_told(tmp_path: Path) -> None:
    group = Group({"memory": tmp_path / "gone"}, version=1)
    group.limit(LIMITS)
    assert [why.split()[0] for why in group.unlimited] == ["memory", "cpu"]
    assert (group.memory(), group.cpu()) == (None, None)


def test_where_no_group_can_be_made_there_is_none(tmp_path: Path) -> None:
    with open_group(LIMITS, root=tmp_path / "nothing", own=tmp_path / "none") as group:
        assert group is None


def test_an_engines_numbers_are_read_for_both_versions() -> None:
    cpu = {"cpu_usage": {"total_usage": 2_000_000_000}}
    second = {"memory_stats": {"stats": {"anon": 5, "shmem": 1, "file": 9}}, "cpu_stats": cpu}
    first = {"memory_stats": {"stats": {"total_rss": 7, "cache": 9}}, "cpu_stats": cpu}
    assert usage_of(second) == (6, 2.0)
    assert usage_of(first) == (7, 2.0)
    assert usage_of({"memory_stats": {}, "cpu_stats": {}}) is None
