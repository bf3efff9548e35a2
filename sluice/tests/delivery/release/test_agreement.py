"""Tree, changelog, tags and packages agree, or each difference is told."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.delivery.release.agreement import Facts, differences

HEAD, OTHER = "a" * 40, "b" * 40
GOOD = Facts(
    head=HEAD,
    packages={"one": "1.2.3", "two": "1.2.3"},
    tags={"v1.2.3": HEAD, "v1.2.2": OTHER, "v1.2.3-rc.1": OTHER},
    changelog="## 1.2.3 (2026-01-01)\n\n- Good.\n",
)


def told(facts: Facts, tag: str = "v1.2.3") -> list[str]:
    return [f"{one.place}: {one.found}" for one in differences(facts, tag)]


def test_what_agrees_passes_tagged_or_not() -> None:
    assert told(GOOD) == []
    assert told(replace(GOOD, tags={"v1.2.2": OTHER})) == []
    rc = replace(GOOD, packages={"one": "1.3.0rc1"}, tags={}, changelog="## 1.3.0-rc.1 (x)\n\n- Good.\n")
    assert told(rc, "v1.3.0-rc.1") == []


def test_each_difference_is_told() -> None:
    assert told(replace(GOOD, changes=("a.py",))) == ["tree: not committed: a.py"]
    assert told(replace(GOOD, tags={"v1.2.3": OTHER})) == [f"tag: v1.2.3 is at {OTHER[:12]}, HEAD at {HEAD[:12]}"]
    assert told(replace(GOOD, tags={"v1.3.0": OTHER})) == ["tag: v1.2.3 comes after v1.3.0"]
    assert told(replace(GOOD, packages={"one": "1.2.2"})) == ["one: version 1.2.2, the tag says 1.2.3"]
    assert told(replace(GOOD, changelog=None)) == ["changelog: there is none"]
    assert told(replace(GOOD, changelog="## 1.2.2\n\n- Old.\n")) == ["changelog: no section '## 1.2.3'"]
    assert told(replace(GOOD, changelog="## 1.2.3 (not released)\n\n- x\n")) == [
        "changelog: '## 1.2.3' says not released"
    ]
    assert told(replace(GOOD, changelog="## 1.2.3\n\n## 1.2.2\n\n- x\n")) == [
        "changelog: the section '## 1.2.3' is empty"
    ]
    assert told(replace(GOOD, tags={}), "1.2.3") == ["tag: 1.2.3 has no 'v' in front"]
