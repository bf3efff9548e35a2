"""Compare what a view says with a file, character by character. SLUICE_UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sluice.views.text.lines import Line, plain

FOLDER = Path(__file__).parents[1] / "views" / "golden"


def check(name: str, shown: str | Iterable[Line]) -> None:
    text = shown if isinstance(shown, str) else "".join(f"{plain(one)}\n" for one in shown)
    path = FOLDER / f"{name}.out"
    if os.environ.get("SLUICE_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
