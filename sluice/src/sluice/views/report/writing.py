"""A run's state to its report. In: a state and ways to read logs and summaries. Out: one file of HTML.

The page is written as it is made, so that memory does not grow with the logs in it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup

from sluice import __version__
from sluice.events.state import RunState
from sluice.source.errors import StoreError
from sluice.views.report.cards import Inputs
from sluice.views.report.page import Page
from sluice.views.report.page_html import Assets, page_html

_ASSETS = Path(__file__).parent / "assets"


def render_report(state: RunState, inputs: Inputs) -> Iterator[str]:
    """The page in pieces; what is still running ends with the last event."""
    page = Page(state, inputs, state.time)
    return (piece.encode("utf-8", "replace").decode() for piece in page_html(page, _assets()))


def write_report(path: Path, state: RunState, inputs: Inputs) -> None:
    """Write the report; whoever reads ``path`` meanwhile sees the old one or the new one, whole.

    Raises ``StoreError`` when it can't be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(render_report(state, inputs))
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(f"the report can't be written to {path}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def script_hash() -> str:
    """The only script of a report, as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(asset('script.js').encode()).digest()).decode()}"


def asset(name: str) -> str:
    """The text of ``style.css`` or ``script.js``."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def _assets() -> Assets:
    return Assets(
        style=Markup(asset("style.css")),  # noqa: S704  # a file of this package
        script=Markup(asset("script.js")),  # noqa: S704  # a file of this package
        script_hash=Markup(script_hash()),  # noqa: S704  # base64
        version=__version__,
    )
