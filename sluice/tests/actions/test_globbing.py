"""Patterns as the toolkit's glob reads them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from sluice.actions.globbing import find_files, hash_files, read_rules, search_roots

FILES = ("a.txt", "a/b.txt", "a/deep/c.txt", "a/deep/d.log", ".hidden/e.txt", "a/.f.txt", "we[i]rd/g.txt", "h,i.txt")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "tree"


def found(tree: Path, *patterns: str, hidden: bool = True) -> list[str]:
    home = tree / ".hidden"
    return [path.relative_to(tree).as_posix() for path in find_files(patterns, tree, home=home, hidden=hidden)]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["*.txt"], ["a.txt", "h,i.txt"]),
        (["a"], ["a/.f.txt", "a/b.txt", "a/deep/c.txt", "a/deep/d.log"]),
        (["a/"], ["a/.f.txt", "a/b.txt", "a/deep/c.txt", "a/deep/d.log"]),
        (["a.txt/"], []),
        (["a/**/c.txt"], ["a/deep/c.txt"]),
        (["**/b.txt"], ["a/b.txt"]),
        (["**/**/b.txt"], ["a/b.txt"]),
        (["a/d**/c.txt"], ["a/deep/c.txt"]),
        (["a**"], ["a/.f.txt", "a/b.txt", "a/deep/c.txt", "a/deep/d.log", "a.txt"]),
        (["a", "!a/deep"], ["a/.f.txt", "a/b.txt"]),
        (["a", "!a/deep", "a/deep/d.log"], ["a/.f.txt", "a/b.txt", "a/deep/d.log"]),
        (["!a", "!!a.txt"], ["a.txt"]),
        (["# a", "a.txt"], ["a.txt"]),
        (["?.txt"], ["a.txt"]),
        (["a/[!b]*.log", "a/de[e]p/[a-d].log"], ["a/deep/d.log"]),
        (["we\\[i\\]rd/g.txt"], ["we[i]rd/g.txt"]),
        (["~/*.txt"], [".hidden/e.txt"]),
        (["./a/../a.txt"], ["a.txt"]),
        (["a.txt", "a.txt"], ["a.txt"]),
        (["none"], []),
    ],
)
def test_patterns_name_what_they_name_on_github(tree: Path, patterns: list[str], expected: list[str]) -> None:
    assert found(tree, *patterns) == expected


def test_hidden_files_and_folders_are_left_out_when_asked(tree: Path) -> None:
    assert found(tree, "**/*.txt", hidden=False) == ["a/b.txt", "a/deep/c.txt", "a.txt", "h,i.txt", "we[i]rd/g.txt"]
    assert found(tree, ".hidden", hidden=False) == []


def test_a_link_that_leads_in_a_circle_or_nowhere_ends_the_walk(tree: Path) -> None:
    (tree / "a/deep/up").symlink_to(tree / "a")
    (tree / "a/gone").symlink_to(tree / "nowhere")
    assert found(tree, "a") == ["a/.f.txt", "a/b.txt", "a/deep/c.txt", "a/deep/d.log"]


@pytest.mark.slow
def test_a_walk_goes_deeper_than_the_stack(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("x", dir_fd=at)
        inner = os.open("x", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(os.open("file", os.O_CREAT, dir_fd=at))
    os.close(at)
    try:
        assert found(top, "**/file") == ["x/" * 1500 + "file"]
    finally:  # pytest's own removal of old folders doesn't reach that deep
        subprocess.run(["rm", "-rf", str(top)], check=True)


def test_the_search_starts_at_the_longest_plain_part(tree: Path) -> None:
    rules = read_rules(["a/deep/*.txt", "a", "!b", "h,i.txt"], tree, home=tree)
    assert search_roots(rules) == [tree / "a", tree / "h,i.txt"]


def test_rule_11_a_digest_is_over_the_digests_in_the_order_of_the_walk(tree: Path) -> None:
    whole = hashlib.sha256()
    for name in ("a/b.txt", "a.txt"):
        whole.update(hashlib.sha256(name.encode()).digest())
    assert hash_files(["a/b.txt\na.txt"], tree) == whole.hexdigest()
    assert hash_files(["none"], tree) == ""


def test_linked_folders_are_hashed_only_when_asked(tree: Path) -> None:
    (tree / "link").symlink_to(tree / "a")
    assert hash_files(["link/*.log", "link/deep"], tree) == ""
    assert hash_files(["--follow-symbolic-links", "link/deep/*.log"], tree) == hash_files(["a/deep/*.log"], tree)
    assert hash_files(["a/deep/*.log"], tree) != ""
