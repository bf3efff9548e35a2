"""detect-secrets, asked only about lines in which one of its detectors sees something. In: lines. Out: digests.

Of its own search most of the time goes into filters and calls for each line, though hardly one holds anything. Here the
detectors' own patterns come first, and each line that one of them fits goes through that search: the same is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from sluice.audit.model import NotCheckedError
from sluice.audit.programs import EXTRA

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

_FILES_THAT_ARE_GONE = "detect_secrets.filters.common.is_invalid_file"
"""The filter that passes over a file that isn't there any more, as most of a history isn't."""
_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 500
_PRAGMA = "pragma"
"""Part of the comment that allows what its line, or the next one, holds."""
_WIDEST = 20_000
_OVERLAP = 2000
"""Detectors take the square of a line's length at worst: what is longer goes in pieces, of which each begins with the
end of the one before, so that no secret of less than that is cut.
"""


class Found(Struct, frozen=True):
    """A secret by detect-secrets' name of its type and its digest, and its line, from 1."""

    type: str
    digest: str
    line: int


def version() -> str:
    """detect-secrets' version. Raises ``NotCheckedError`` where it isn't installed."""
    try:
        from detect_secrets import __version__  # noqa: PLC0415 - an extra that most commands don't need
    except ImportError as error:
        raise NotCheckedError("detect-secrets isn't installed", hint=EXTRA) from error
    return str(getattr(__version__, "VERSION", __version__))


@contextmanager
def detecting(*, gone: bool = False) -> Iterator[None]:
    """Every detector and filter of detect-secrets, as its command has them without asking services.

    With ``gone`` names of files that aren't there are no reason to pass over their lines.
    """
    from detect_secrets.settings import default_settings  # noqa: PLC0415 - as above

    with default_settings() as settings:
        if gone:
            settings.disable_filters(_FILES_THAT_ARE_GONE)
        _suspicions.cache_clear()
        yield


def passed_over(path: str) -> bool:
    """Whether detect-secrets looks into no file of this name: an image, a lock file."""
    from detect_secrets.settings import get_filters  # noqa: PLC0415 - as above

    return any(fits(filename=path) for fits in get_filters() if fits.injectable_variables == {"filename"})


def is_binary(data: bytes) -> bool:
    """Whether it has a NUL and isn't UTF-8. What is written in another way is mostly ASCII, where secrets stand."""
    if b"\0" not in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def secrets_in(path: str, lines: Iterable[str]) -> Iterator[Found]:
    """Each secret of these lines at its first place; ``path`` says what they are written in."""
    suspicion = _suspicions(PurePosixPath(path).suffix)
    known: set[tuple[str, str]] = set()
    before = ""
    for number, line in enumerate(lines, 1):
        for piece in _pieces(line):
            if piece.isspace() or not suspicion(piece.rstrip()):
                continue
            for kind, digest in _asked(path, before, piece):
                if (kind, digest) not in known:
                    known.add((kind, digest))
                    yield Found(kind, digest, number)
        before = line if len(line) <= _WIDEST else ""


def _pieces(line: str) -> Iterable[str]:
    if len(line) <= _WIDEST:
        return (line,)
    end = line[-_OVERLAP // 10 :]
    allowing = f" {end}" if _PRAGMA in end else ""
    return (line[at : at + _WIDEST] + allowing for at in range(0, len(line) - _OVERLAP, _WIDEST - _OVERLAP))


def _asked(path: str, before: str, line: str) -> Iterator[tuple[str, str]]:
    """What detect-secrets itself finds in the line."""
    from detect_secrets.core import scan  # noqa: PLC0415 - as above

    rows = [(1, before if _PRAGMA in before else ""), (2, line)]
    for one in scan._process_line_based_plugins(rows, filename=path):  # noqa: SLF001 - what its own two searches call
        if one.line_number == 2:
            yield one.type, one.secret_hash


@lru_cache(maxsize=64)
def _suspicions(suffix: str) -> Callable[[str], bool]:
    """Whether a detector sees anything in a line of a file that is named so; short lines come again and again."""
    from detect_secrets.settings import get_plugins  # noqa: PLC0415 - as above

    patterns: list[Callable[[str], object]] = []
    others: list[tuple[Callable[[str], object], Callable[..., object]]] = []
    for plugin in get_plugins():
        if _is_plain(plugin):
            patterns += (pattern.search for pattern in plugin.denylist)
        else:
            others.append((_needed(plugin), partial(plugin.analyze_line, filename=f"a{suffix}", line_number=1)))

    def suspicious(line: str) -> bool:
        for search in patterns:
            if search(line):
                return True
        return any(needed(line) and analyze(line=line) for needed, analyze in others)

    remembering = lru_cache(maxsize=_REMEMBERED)(suspicious)
    return lambda line: (remembering if len(line) <= _LONGEST_REMEMBERED else suspicious)(line)


def _is_plain(plugin: BasePlugin) -> bool:
    """Whether all that it does with a line is to try its patterns."""
    from detect_secrets.plugins.base import RegexBasedDetector as Plain  # noqa: PLC0415 - as above

    kind = type(plugin)
    return isinstance(plugin, Plain) and (kind.analyze_line, kind.analyze_string) == (
        Plain.analyze_line,
        Plain.analyze_string,
    )


def _needed(plugin: BasePlugin) -> Callable[[str], object]:
    """What a line must have for this detector to see anything; of one that isn't known, nothing."""
    from detect_secrets.plugins import high_entropy_strings, keyword  # noqa: PLC0415 - as above

    if isinstance(plugin, high_entropy_strings.HighEntropyStringsPlugin):
        return plugin.regex.search
    if isinstance(plugin, keyword.KeywordDetector):
        return re.compile("|".join(keyword.DENYLIST), re.IGNORECASE).search
    return bool
