"""The search for secrets in files, as a program of its own, so that one that doesn't end can be stopped. In: paths on
the command line, relative to the working folder. Out: JSON as detect-secrets writes it, and what was not looked into.

A file in UTF-8, or in UTF-16 as far as it says or shows so, is a text; else it is one unless it has a NUL. Each has a
time, in seconds of a processor, so that one of them doesn't cost the others theirs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, cast

from msgspec import Struct, field

from sluice.audit.parts.detecting import Found, detecting, encoding_of, passed_over, secrets_in

if TYPE_CHECKING:
    from detect_secrets.types import NamedIO

FILE_SECONDS = 120.0
LARGEST_FILE = 64 * 1024 * 1024
_PORTION = 8
_STARTED = ExitStack()


class Searched(Struct):
    """What became of a file: its secrets, whether it counts as no text, and what was in the way of looking at it."""

    path: str
    found: list[Found] = field(default_factory=list)
    no_text: bool = False
    trouble: str = ""


class _TooLongError(Exception):
    """The time for one file is over."""


def main(paths: list[str]) -> None:
    """Search them on every processor and print the report."""
    done = _search_together(paths)
    left = sorted(set(paths) - {one.path for one in done})
    print(json.dumps(_report(sorted([*done, *_search_alone(left)], key=lambda one: one.path))))


def _search_together(paths: list[str]) -> list[Searched]:
    """As far as they come: where the machine ends one process, as it does for want of memory, all of them end."""
    portions = [paths[at : at + _PORTION] for at in range(0, len(paths), _PORTION)]
    running: list[Future[list[Searched]]] = []
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(portions) or 1), initializer=_start) as pool:
        with suppress(BrokenProcessPool):
            running.extend(pool.submit(_search_each, portion) for portion in portions)
        return [one for portion in running if portion.exception() is None for one in portion.result()]


def _search_each(paths: list[str]) -> list[Searched]:
    return [search(path) for path in paths]


def _search_alone(paths: list[str]) -> Iterator[Searched]:
    """One after another, so that it shows which of them costs its process; what is behind it gets a new one."""
    while paths:
        with ProcessPoolExecutor(1, initializer=_start) as pool:
            done = list(_until_ended(pool, paths))
        yield from done
        paths = paths[len(done) :]


def _until_ended(pool: ProcessPoolExecutor, paths: list[str]) -> Iterator[Searched]:
    for path in paths:
        try:
            yield pool.submit(search, path).result()
        except BrokenProcessPool:
            yield Searched(path, trouble="its process died, as it does for want of memory")
            return


def search(path: str) -> Searched:
    """Look through one file, once ``detecting`` is on. Raises nothing: what a file does to a scanner is its own."""
    searched = Searched(path)
    try:
        with _limited(FILE_SECONDS):
            encoding = None if passed_over(path) else _encoding(Path(path))
            searched.no_text = encoding is None
            if encoding is not None:
                _search_text(path, encoding, searched.found)
    except _TooLongError:
        searched.trouble = f"it takes more than {FILE_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - a parser may fail in any way at what it was not made for
        searched.trouble = f"{type(error).__name__}: {error}"[:200]
    return searched


def _search_text(path: str, encoding: str, found: list[Found]) -> None:
    """As it stands, or as what it is written in says; where nothing is found, by what it may be written in."""
    for lines in _readings(path, encoding):
        found += secrets_in(path, lines)
        if found:
            return


def _readings(path: str, encoding: str) -> Iterator[Iterable[str]]:
    from detect_secrets.transformers import get_transformed_file  # noqa: PLC0415 - an extra

    with Path(path).open(encoding=encoding, errors="replace") as file:
        yield get_transformed_file(cast("NamedIO", file)) or file
        file.seek(0)
        yield get_transformed_file(cast("NamedIO", file), use_eager_transformers=True) or ()


def _encoding(path: Path) -> str | None:
    """What the text is written in; ``None`` where it is none. Raises ``ValueError`` for one that is too large."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    encoding = encoding_of(data)
    if len(data) <= LARGEST_FILE or encoding is None:
        return encoding
    raise ValueError(f"it is larger than {LARGEST_FILE // 1024**2} MB")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def _start() -> None:
    """For as long as this process lives."""
    _STARTED.enter_context(detecting())


def _report(done: list[Searched]) -> dict[str, object]:
    return {
        "plugins_used": [],
        "results": {one.path: [_entry(one.path, found) for found in one.found] for one in done if one.found},
        "no_text": sum(one.no_text for one in done),
        "trouble": {one.path: one.trouble for one in done if one.trouble},
    }


def _entry(path: str, found: Found) -> dict[str, str | int]:
    return {"type": found.type, "filename": path, "hashed_secret": found.digest, "line_number": found.line}


if __name__ == "__main__":
    main(sys.argv[1:])
