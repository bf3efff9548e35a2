"""Open the page in a browser. The token never stands among a process's words, which everybody can read."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

from markupsafe import Markup

from sluice.store.places import find_places

_LEAD = Markup(
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={0}"><a href="{0}">Open</a>'
)


def open_browser(address: str) -> bool:
    """Have a browser open a file, readable by its owner only, that leads to the address; whether there is a browser."""
    folder = find_places().prepare().state
    for old in folder.glob("open-*.html"):
        old.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="open-", suffix=".html", delete=False) as file:
        file.write(_LEAD.format(address))
    return webbrowser.open(Path(file.name).as_uri())
