"""A changelog's section: made of commits, found in a file, put into it. Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sluice.delivery.release.commits import Commit, Group, by_group

_TITLES = {
    Group.FEATURE: "Added",
    Group.FIX: "Fixed",
    Group.PERFORMANCE: "Faster",
    Group.REVERT: "Taken back",
    Group.OTHER: "Changed",
    Group.DOCUMENTATION: "Documentation",
}
_HEADING = re.compile(r"^## +\[?v?(?P<version>\d+\.\d+\.\d+[^\s\]]*)\]?(?P<rest>.*)$", re.MULTILINE)
_TITLE = re.compile(r"^# .*\n+", re.MULTILINE)
_NEXT = re.compile(r"^## ", re.MULTILINE)
_UNRELEASED = re.compile(r"^## +\[?unreleased\]?[ \t]*(?:\n+|\Z)", re.MULTILINE | re.IGNORECASE)


class Links(Struct, frozen=True, kw_only=True):
    """Where commits and issues are shown: ``base`` is the repository's page, empty when there is none."""

    base: str = ""

    def commit(self, sha: str) -> str:
        """A link to a commit."""
        return f"[`{sha[:7]}`]({self.base}/commit/{sha})" if self.base else f"`{sha[:7]}`"

    def references(self, text: str) -> str:
        """``#12`` as links."""
        return re.sub(r"(?<![\w/\[])#(\d+)\b", rf"[#\1]({self.base}/issues/\1)", text) if self.base else text

    def comparison(self, before: str, after: str) -> str:
        """A link to all that changed; empty when there is no page or nothing before."""
        return f"[{before}...{after}]({self.base}/compare/{before}...{after})" if self.base and before else ""


def render_notes(commits: Sequence[Commit], links: Links, *, before: str = "", after: str = "") -> str:
    """The notes of a release: what breaks first, then by group; what is internal is counted, not listed.

    A commit whose subject is all that it says of what breaks stands there alone. One with a footer stands in its group,
    too: the footer says what a reader must do, the subject what was done.
    """
    return "\n".join(_notes(commits, links, before, after)).strip() + "\n"


def _notes(commits: Sequence[Commit], links: Links, before: str, after: str) -> Iterator[str]:
    breaking = [one for one in commits if one.breaking is not None]
    if not commits:
        yield f"Nothing changed since {before or 'the beginning'}."
        return
    if breaking:
        yield from ("### Breaking", "")
        told = ((one, " ".join((one.breaking or "").split())) for one in breaking)
        yield from (f"- {_scoped(one, text, links)} ({links.commit(one.sha)})" for one, text in told)
        yield ""
    groups = by_group([one for one in commits if one.breaking != one.text])
    for group, title in _TITLES.items():
        if group in groups:
            yield from (f"### {title}", "")
            yield from (f"- {_scoped(one, one.text, links)} ({links.commit(one.sha)})" for one in groups[group])
            yield ""
    internal = len(groups.get(Group.INTERNAL, ()))
    if internal:
        yield from (f"And {internal} {'change' if internal == 1 else 'changes'} inside.", "")
    if comparison := links.comparison(before, after):
        yield f"All of it: {comparison}"


def _scoped(commit: Commit, text: str, links: Links) -> str:
    return f"**{commit.scope}**: {links.references(text)}" if commit.scope else links.references(text)


def section_of(changelog: str, version: str) -> str | None:
    """The text under the version's heading; ``None`` when there is no such heading."""
    headings = _HEADING.finditer(changelog)
    return next((_under(changelog, one.end()) for one in headings if one["version"] == version), None)


def _under(changelog: str, start: int) -> str:
    """What stands there, up to the next heading of a section, whatever its name."""
    after = _NEXT.search(changelog, start)
    return changelog[start : after.start() if after else len(changelog)].strip() + "\n"


def is_unreleased(changelog: str, version: str) -> bool:
    """Whether the version's heading says that it isn't out yet (``## 1.2.3 (not released)``)."""
    return any(one["version"] == version and "not released" in one["rest"] for one in _HEADING.finditer(changelog))


def released_in(changelog: str) -> tuple[str, ...]:
    """The versions that have a heading, but for those that say they aren't out yet."""
    return tuple(one["version"] for one in _HEADING.finditer(changelog) if "not released" not in one["rest"])


def written_for(changelog: str, version: str) -> str | None:
    """What a person wrote for the version beforehand: under its heading, else under ``## Unreleased``. ``None`` where
    there is nothing, so that the commits tell of it.
    """
    known = section_of(changelog, version)
    if known is not None:
        return known if known.strip() else None
    coming = _UNRELEASED.search(changelog)
    under = _under(changelog, coming.end()) if coming else ""
    return under if under.strip() else None


def with_section(changelog: str, version: str, day: str, notes: str) -> str:
    """The changelog with the version's section: one that was written beforehand gets its day and keeps its words.

    So does what stands under ``## Unreleased`` (https://keepachangelog.com), whose heading stays for what comes next.
    """
    written = written_for(changelog, version)
    if section_of(changelog, version) is not None:
        dated = re.sub(rf"^## +\[?v?{re.escape(version)}\]?.*$", f"## {version} ({day})", changelog, flags=re.MULTILINE)
        return dated if written else dated.replace(f"## {version} ({day})", f"## {version} ({day})\n\n{notes}", 1)
    heading = f"## {version} ({day})\n\n"
    coming = _UNRELEASED.search(changelog)
    if coming and written:
        return f"{changelog[: coming.end()].rstrip()}\n\n{heading}{changelog[coming.end() :]}"
    above = coming or _TITLE.match(changelog)
    start, rest = (changelog[: above.end()].rstrip(), changelog[above.end() :]) if above else ("# Changelog", changelog)
    return f"{start}\n\n{heading}{notes}\n{rest}"
