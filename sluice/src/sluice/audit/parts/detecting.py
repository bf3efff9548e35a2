"""detect-secrets, asked only about lines in which one of its detectors sees something. In: lines. Out: digests.

Of its own search most of the time goes into filters and calls for each line, though hardly one holds anything. Here the
detectors' own patterns come first, and each line that one of them fits goes through that search: the same is found.
"""

from __future__ import annotations

import codecs
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
    from detect_secrets.core.potential_secret import PotentialSecret
    from detect_secrets.plugins.base import BasePlugin

_FILES_THAT_ARE_GONE = "detect_secrets.filters.common.is_invalid_file"
"""The filter that passes over a file that isn't there any more, as most of a history isn't."""
_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 500
PRAGMA = "pragma"
"""Part of the comment that allows what its line, or the next one, holds."""
_WIDEST = 20_000
_OVERLAP = 2000
"""Detectors take the square of a line's length at worst: what is longer goes in pieces, of which each begins with the
end of the one before, so that no secret of less than half of that is cut.
"""
_HELD = _OVERLAP // 2
"""What is shorter stands in one of the pieces as a whole, with what is before it."""
_RUN = re.compile(rf"(?<![\w+/=.\\-])[\w+/=.\\-]{{{_HELD},}}", re.ASCII)
"""A key store or a token that may stand in none."""
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""That of UTF-32 begins with that of UTF-16."""


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


def encoding_of(data: bytes) -> str | None:
    """What the text, or the beginning of one, is written in; ``None`` where it has a NUL and is no Unicode.

    Without a NUL it is read as UTF-8: what is written in another way is mostly ASCII, where secrets stand.
    """
    if b"\0" not in data:
        return "utf-8"
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), None) or _encoding_by_nul(data)
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None
    return encoding


def _encoding_by_nul(data: bytes) -> str:
    """Of a text in UTF-16 whose letters are ASCII each second byte is NUL."""
    if not any(data[1::2]):
        return "utf-16-le"
    return "utf-8" if any(data[::2]) else "utf-16-be"


def secrets_in(path: str, lines: Iterable[str]) -> Iterator[Found]:
    """Each secret of these lines at its first place; ``path`` says what they are written in."""
    suspicion = _suspicions(PurePosixPath(path).suffix)
    known: set[tuple[str, str]] = set()
    before = ""
    for number, line in enumerate(lines, 1):
        for one in _seen(path, before, line, suspicion):
            if (one.type, one.secret_hash) not in known:
                known.add((one.type, one.secret_hash))
                yield Found(one.type, one.secret_hash, number)
        before = line if len(line) <= _WIDEST else ""


def _seen(path: str, before: str, line: str, suspicion: Callable[[str], bool]) -> Iterator[PotentialSecret]:
    if len(line) > _WIDEST:
        yield from _seen_in_pieces(path, before, line, suspicion)
    elif line and not line.isspace() and suspicion(line.rstrip()):
        yield from _asked(path, before, line)


def _seen_in_pieces(path: str, before: str, line: str, suspicion: Callable[[str], bool]) -> Iterator[PotentialSecret]:
    end = line[-_OVERLAP // 10 :]
    allowing = f" {end}" if PRAGMA in end else ""
    for at in range(0, len(line) - _OVERLAP, _WIDEST - _OVERLAP):
        piece = line[at : at + _WIDEST]
        if suspicion(piece.rstrip()):
            for one in _asked(path, before, piece + allowing):
                if not _is_cut(one.secret_value or "", piece, first=at == 0, last=at + _WIDEST >= len(line)):
                    yield one
    for run in _RUN.finditer(line):
        quoted = line[max(run.start() - 1, 0) : run.end() + 1]
        yield from _asked_of_any_length(path, before, quoted + allowing)


def _is_cut(secret: str, piece: str, *, first: bool, last: bool) -> bool:
    """Whether it stands only where the piece begins or ends amidst the line, and another piece holds it whole."""
    begins = not first and piece.rfind(secret) == 0
    ends = not last and piece.find(secret) + len(secret) == len(piece)
    return len(secret) < _HELD and (begins or ends)


def _asked(path: str, before: str, line: str) -> Iterator[PotentialSecret]:
    """What detect-secrets itself finds in the line."""
    from detect_secrets.core import scan  # noqa: PLC0415 - as above

    rows = [(1, before if PRAGMA in before else ""), (2, line)]
    for one in scan._process_line_based_plugins(rows, filename=path):  # noqa: SLF001 - what its own two searches call
        if one.line_number == 2:
            yield one


def _asked_of_any_length(path: str, before: str, line: str) -> Iterator[PotentialSecret]:
    """The same of those detectors that take no square of the line's length."""
    from detect_secrets.core import scan  # noqa: PLC0415 - as above
    from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin  # noqa: PLC0415 - as above
    from detect_secrets.plugins.jwt import JwtTokenDetector  # noqa: PLC0415 - as above
    from detect_secrets.settings import get_plugins  # noqa: PLC0415 - as above
    from detect_secrets.util.code_snippet import get_code_snippet  # noqa: PLC0415 - as above

    context = get_code_snippet([before, line], 2)
    if scan._is_filtered_out(["line"], filename=path, line=line, context=context):  # noqa: SLF001 - as above
        return
    for plugin in get_plugins():
        if isinstance(plugin, HighEntropyStringsPlugin | JwtTokenDetector):
            yield from scan._scan_line(plugin, path, line, 2, context)  # noqa: SLF001 - as above


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
