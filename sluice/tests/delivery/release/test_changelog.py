"""A changelog's section."""

from __future__ import annotations

import pytest

from sluice.delivery.release.changelog import Links, is_unreleased, render_notes, section_of, with_section
from sluice.delivery.release.commits import Commit, Group

SHA = "0123456789abcdef0123456789abcdef01234567"
COMMITS = [
    Commit(sha=SHA, text="one (#12)", group=Group.FEATURE, scope="api"),
    Commit(sha=SHA, text="two", group=Group.FIX, breaking="the key is gone, see #3"),
    Commit(sha=SHA, text="three", group=Group.INTERNAL),
]
NOTES = """### Breaking

- the key is gone, see [#3](https://x.example/o/r/issues/3) ([`0123456`](https://x.example/o/r/commit/SHA))

### Added

- **api**: one ([#12](https://x.example/o/r/issues/12)) ([`0123456`](https://x.example/o/r/commit/SHA))

### Fixed

- two ([`0123456`](https://x.example/o/r/commit/SHA))

And 1 change inside.

All of it: [v1.0.0...v2.0.0](https://x.example/o/r/compare/v1.0.0...v2.0.0)
""".replace("SHA", SHA)


def test_what_breaks_comes_first_and_everything_is_linked() -> None:
    links = Links(base="https://x.example/o/r")
    assert render_notes(COMMITS, links, before="v1.0.0", after="v2.0.0") == NOTES
    assert render_notes(COMMITS[2:], Links(), before="v1", after="v2") == "And 1 change inside.\n"


def test_what_breaks_is_listed_once_unless_it_has_words_of_its_own() -> None:
    """``feat!: two`` says the same twice; a footer says what a reader must do, and the subject what was done."""
    bare = Commit(sha=SHA, text="two", group=Group.FEATURE, scope="api", breaking="two")
    inside = Commit(sha=SHA, text="no 3.8", group=Group.INTERNAL, breaking="no 3.8")
    own = Commit(sha=SHA, text="three", group=Group.FEATURE, breaking="rename the key")
    told = render_notes([bare, inside, own], Links()).splitlines()
    lines = ["- **api**: two", "- no 3.8", "- rename the key", "- three"]
    assert [line.partition(" (")[0] for line in told if line.startswith("- ")] == lines
    assert "inside" not in told[-1]


def test_what_breaks_in_several_lines_is_one_item() -> None:
    two = Commit(sha=SHA, text="two", group=Group.FEATURE, breaking="rename `a`\n to `b`\n\n# and more")
    assert "- rename `a` to `b` # and more (`0123456`)" in render_notes([two], Links()).splitlines()


CHANGELOG = """# Changelog

## 1.1.0 (not released)

- Written by hand.

## [1.0.0] - 2026-01-01

- First.
"""


def test_sections_are_found_by_their_version() -> None:
    assert section_of(CHANGELOG, "1.1.0") == "- Written by hand.\n"
    assert section_of(CHANGELOG, "1.0.0") == "- First.\n"
    assert section_of(CHANGELOG, "1.0") is None
    assert (is_unreleased(CHANGELOG, "1.1.0"), is_unreleased(CHANGELOG, "1.0.0")) == (True, False)


def test_a_section_that_was_written_keeps_its_words_and_a_new_one_stands_on_top() -> None:
    dated = with_section(CHANGELOG, "1.1.0", "2026-02-02", "unused")
    assert dated == CHANGELOG.replace("1.1.0 (not released)", "1.1.0 (2026-02-02)")
    added = with_section(CHANGELOG, "1.2.0", "2026-03-03", "- New.\n")
    assert added.startswith("# Changelog\n\n## 1.2.0 (2026-03-03)\n\n- New.\n\n## 1.1.0")
    assert with_section("", "1.0.0", "2026-03-03", "- New.\n") == "# Changelog\n\n## 1.0.0 (2026-03-03)\n\n- New.\n\n"


@pytest.mark.parametrize("heading", ["## Unreleased", "## [Unreleased]"])
def test_what_was_written_for_what_comes_is_released_and_its_heading_stays(heading: str) -> None:
    written = f"# Changelog\n\n{heading}\n\n- By hand.\n\n## 1.0.0 (2026-01-01)\n\n- First.\n"
    cut = with_section(written, "1.1.0", "2026-02-02", "unused")
    assert cut == written.replace(heading, f"{heading}\n\n## 1.1.0 (2026-02-02)")
    assert section_of(cut, "1.1.0") == "- By hand.\n"
    again = with_section(cut, "1.2.0", "2026-03-03", "- New.\n")
    assert again == cut.replace(heading, f"{heading}\n\n## 1.2.0 (2026-03-03)\n\n- New.")
    assert with_section(f"{heading}", "1.0.0", "2026-03-03", "- New.\n").startswith(f"{heading}\n\n## 1.0.0")


def test_a_section_ends_at_the_next_heading_whatever_its_name() -> None:
    assert section_of("## 1.0.0\n\n- First.\n\n### Fixed\n\n- Bug.\n\n## Before\n\n- Old.\n", "1.0.0") == (
        "- First.\n\n### Fixed\n\n- Bug.\n"
    )
