"""Runs as a table. In: what the store lists. Out: lines of at most a width; narrow ones give up columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from sluice.events.standing import Standing, standing
from sluice.store.runs.protocol import RunRow
from sluice.views.text.glyphs import UNICODE, Glyphs
from sluice.views.text.lines import Line, cells, crop, fit, label, line, pad, pad_left
from sluice.views.text.wording import age, duration, short_ref, verdict

_LONGEST = 28
_HEADINGS = ("run", "#", "repository", "workflow", "title", "ref", "result", "took", "when")
_GIVEN_UP = ("title", "when", "ref", "took")
_SHORTEST = 8
_RIGHT = {"#", "took"}


def run_lines(rows: Sequence[RunRow], now: float, glyphs: Glyphs = UNICODE, width: int = 100) -> list[Line]:
    """One line a run in the order given, under a heading; of several repositories, each with the folder of its own.

    Titles are shown where a run has another one than its workflow: its ``run-name``, else the commit's message.
    """
    table = [_cells(row, now, glyphs, max(_LONGEST, width // 5)) for row in rows]
    wanted = {"repository": len({row.root for row in rows}) > 1, "title": any(row["title"] for row in table)}
    columns = [name for name in _HEADINGS if wanted.get(name, True)]
    widths = {name: max(cells(name), *(cells(row[name]) for row in table)) for name in columns} if table else {}
    for name in _GIVEN_UP:
        if table and _total(columns, widths) > width:
            columns.remove(name)
    if table and (over := _total(columns, widths) - width) > 0:
        _shorten(table, widths, max(_SHORTEST, widths["workflow"] - over), glyphs)
    heading = line(("  " + "  ".join(_aligned(name, name, widths) for name in columns), "quiet")) if table else ()
    body = [
        line(
            (glyphs.of(row_state(row)), row_state(row)),
            " ",
            *(part for name in columns for part in ((_aligned(name, shown[name], widths), _role(name, row)), "  ")),
        )
        for row, shown in zip(rows, table, strict=True)
    ]
    return [crop(one, width, glyphs.ellipsis) for one in ([heading, *body] if table else [])]


def _total(columns: Sequence[str], widths: Mapping[str, int]) -> int:
    return 2 + sum(widths[column] + 2 for column in columns) - 2


def _shorten(table: Sequence[dict[str, str]], widths: dict[str, int], width: int, glyphs: Glyphs) -> None:
    """Names give way before the result does."""
    widths["workflow"] = width
    for shown in table:
        shown["workflow"] = fit(shown["workflow"], width, glyphs.ellipsis)


def _cells(row: RunRow, now: float, glyphs: Glyphs, longest: int) -> dict[str, str]:
    return {
        "run": label(row.run),
        "#": f"{row.number}.{row.attempt}" if row.attempt > 1 else str(row.number),
        "repository": fit(label(PurePath(row.root).name), longest, glyphs.ellipsis),
        "workflow": fit(label(row.workflow_name or row.workflow_file), longest, glyphs.ellipsis),
        "title": fit(_title(row), longest, glyphs.ellipsis),
        "ref": fit(label(short_ref(row.ref)), longest, glyphs.ellipsis),
        "result": verdict(row_state(row)),
        "took": duration(row.completed - row.created) if row.completed is not None else "",
        "when": age(now - row.created),
    }


def _title(row: RunRow) -> str:
    return "" if row.run_name in {row.workflow_name, row.workflow_file} else label(row.run_name)


def row_state(row: RunRow) -> Standing:
    """The one word for how a listed run stands: see ``events.standing``."""
    return standing(row.status, row.conclusion, unavailable=row.unavailable)


def _aligned(name: str, text: str, widths: dict[str, int]) -> str:
    return (pad_left if name in _RIGHT else pad)(text, widths[name])


def _role(name: str, row: RunRow) -> str:
    return row_state(row) if name == "result" else ("" if name in {"run", "repository", "workflow"} else "quiet")
