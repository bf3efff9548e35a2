"""Patterns, filters and lists of ``dorny/paths-filter``; what a pattern matches is what picomatch 2.3.1 answered."""

from __future__ import annotations

import subprocess

import pytest

from sluice.actions.builtin.decisions.path_filters import Change, FiltersError, choose, read_changes, read_filters
from sluice.actions.builtin.decisions.path_lists import FORMS
from sluice.actions.builtin.decisions.path_patterns import matches

PATHS = ("a", "a.md", "a/b", "a/.x", "a/x.md", "a/b/c.ts", ".github/w.yml", "src", "src/a.ts", "src/a/b.tsx", "x/src/y")


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("*", "a a.md src"),
        ("**", " ".join(PATHS)),
        ("*.md", "a.md"),
        ("**/*.md", "a.md a/x.md"),
        ("**.md", "a.md a/x.md"),
        ("!**/*.md", "a a/b a/.x a/b/c.ts .github/w.yml src src/a.ts src/a/b.tsx x/src/y"),
        ("a/**", "a a/b a/.x a/x.md a/b/c.ts"),
        ("a/*", "a/b a/.x a/x.md"),
        ("*/**", "a/b a/.x a/x.md a/b/c.ts .github/w.yml src/a.ts src/a/b.tsx x/src/y"),
        ("**/src/**", "src src/a.ts src/a/b.tsx x/src/y"),
        ("./src/**", "src src/a.ts src/a/b.tsx"),
        ("src/**.ts", "src/a.ts"),
        ("src/**/*.{ts,tsx}", "src/a.ts src/a/b.tsx"),
        (".github/**", ".github/w.yml"),
        ("A/**", ""),
        ("(a|src)/*", "a/b a/.x a/x.md src/a.ts"),
        ("@(a|x)/**", "a a/b a/.x a/x.md a/b/c.ts x/src/y"),
        ("?/b", "a/b"),
        ("[!a]/b", "a/b"),
        ("[^a]/*", ""),
    ],
)
def test_a_pattern_matches_what_picomatch_matches(pattern: str, matched: str) -> None:
    assert [path for path in PATHS if matches(path, pattern)] == matched.split()


FILTERS = """
shared: &shared
  - common/**
  - {added|modified: [config/*, "*.toml"]}
src: [*shared, src/**]
gone: [{deleted: "**"}]
no_docs: ["src/**", "!**/*.md"]
on: x
"""
CHANGES = [
    Change(path=path, status=status)
    for path, status in [
        ("common/a", "added"),
        ("config/b", "deleted"),
        ("pyproject.toml", "modified"),
        ("src/c.md", "added"),
        ("src/d.py", "added"),
    ]
]


def test_filters_take_changes_by_pattern_and_status() -> None:
    found = choose(read_filters(FILTERS), CHANGES, every=False)
    assert found["shared"] == ["common/a", "pyproject.toml"]
    assert found["src"] == ["common/a", "pyproject.toml", "src/c.md", "src/d.py"]
    assert found["gone"] == ["config/b"]
    assert len(found["no_docs"]) == len(CHANGES), "some: a negated pattern takes all that it does not name"
    assert found["on"] == []
    assert choose(read_filters(FILTERS), CHANGES, every=True)["no_docs"] == ["src/d.py"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("- a", "Root element is not an object"), ("a: [{b: {c: d}}]", "by status"), ("a:", "''"), ("a: [", "no YAML")],
)
def test_bad_filters_are_told(text: str, said: str) -> None:
    with pytest.raises(FiltersError, match=said):
        read_filters(text)


def test_gits_words_are_read() -> None:
    assert read_changes("M\0a b\0A\0c\nd\0") == [
        Change(path="a b", status="modified"),
        Change(path="c\nd", status="added"),
    ]


NAMES = ["a b", "it's", "x/y.py", 'q"$']


def test_lists_of_files_are_read_by_a_shell_as_they_were() -> None:
    assert FORMS["csv"](NAMES) == '"a b","it\'s",x/y.py,"q""$"'
    assert FORMS["json"](["a", "é"]) == '["a","é"]'
    for form in ("shell", "escape"):
        script = f"printf '%s\\n' {FORMS[form]([*NAMES, '$(x) it'])}"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == [*NAMES, "$(x) it"], form
