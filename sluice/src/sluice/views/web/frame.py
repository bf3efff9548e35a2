"""What every page has around it. In: a title and safe HTML. Out: a whole page; scripts and styles come from files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup
from msgspec import Struct

from sluice.views.report.writing import asset

_ASSETS = Path(__file__).parent / "assets"
FILES = {
    "report.css": "text/css",
    "web.css": "text/css",
    "report.js": "text/javascript",
    "live.js": "text/javascript",
}
"""The files that pages ask for, and their kinds."""


class Frame(Struct, frozen=True, kw_only=True):
    """``repository`` is the name that stands in the page's head; ``here`` the part of the site that it belongs to."""

    repository: str
    title: str
    here: str = ""
    stream: str = ""
    scripts: tuple[str, ...] = ()
    state: str = ""


def page(frame: Frame, content: Iterable[Markup]) -> Markup:
    """The page. ``stream`` is where its news come from."""
    return _PAGE.format(
        title=f"{frame.title} · {frame.repository}" if frame.title else frame.repository,
        repository=frame.repository,
        runs=_CURRENT if frame.here == "runs" else "",
        measures=_CURRENT if frame.here == "measures" else "",
        stream=_STREAM.format(frame.stream) if frame.stream else "",
        scripts=Markup().join(_SCRIPT.format(name) for name in frame.scripts),
        content=Markup().join(content),
    )


def message_page(repository: str, title: str, lines: Iterable[str], hint: str | None = None) -> Markup:
    """A page that says one thing: an error, as a rule."""
    told = Markup().join(_LINE.format(one) for one in lines)
    more = _HINT.format(hint) if hint else Markup()
    return page(Frame(repository=repository, title=title), [_MESSAGE.format(title, told, more)])


def file_text(name: str) -> str:
    """The text of one of ``FILES``."""
    reports = {"report.css": "style.css", "report.js": "script.js"}
    return asset(reports[name]) if name in reports else (_ASSETS / name).read_text(encoding="utf-8")


_CURRENT = Markup(' aria-current="page"')
_STREAM = Markup(' data-stream="{}"')
_SCRIPT = Markup('<script src="/assets/{}" defer></script>\n')
_LINE = Markup("<p>{}</p>\n")
_HINT = Markup('<p class="quiet">{}</p>\n')
_MESSAGE = Markup('<main class="narrow"><h1>{}</h1>\n{}{}<p><a href="/">All runs</a></p></main>\n')
_PAGE = Markup("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/report.css">
<link rel="stylesheet" href="/assets/web.css">
{scripts}</head>
<body{stream}>
<a class="skip" href="#content">To the content</a>
<nav class="bar" aria-label="Site"><a class="brand" href="/">sluice</a><span class="repository">{repository}</span>\
<a href="/"{runs}>Runs</a><a href="/measures"{measures}>Measures</a>\
<span class="live" id="live" role="status" hidden></span></nav>
<div id="content">
{content}</div>
</body>
</html>
""")
