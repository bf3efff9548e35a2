"""Open the page in a browser. The token never stands among a process's words, which everybody can read."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from markupsafe import Markup

from sluice.store.places import find_places

_LEAD = Markup(
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={0}"><a href="{0}">Open</a>'
)


@contextmanager
def opened_browser(address: str) -> Iterator[None]:
    """Have a browser open a file, readable by its owner only, that leads to the address; it goes with the server."""
    folder = find_places().prepare().state
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="open-", suffix=".html") as file:
        file.write(_LEAD.format(address))
        file.flush()
        webbrowser.open(Path(file.name).as_uri())
        yield
