"""The forms in which a secret may turn up in a log. In: one secret. Out: the byte strings to mask.

The list is the runner's (its value encoders), widened where a form that tools really print would slip through: the
whole characters of a base64 stretch whose neighbours are unknown, form encoding, ASCII-only JSON, shell quoting.
Knows nothing of streams and searching.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST_DERIVED = 4
"""A derived form shorter than this is left alone: three characters of base64 stand in any text by chance."""

SHORTEST_FRAGMENT = 6
"""PowerShell's halves around an ampersand are masked from this length on, as the runner does."""

LONGEST_BARE_PUNCTUATION = 3
"""A line of a multi-line secret that is only this much punctuation (``},`` of a JSON key) is left alone.

GitHub masks it and makes logs unreadable; it gives nothing away.
"""

LONGEST_FORM = 4096
"""A longer form is masked block by block: together they cover it, and no more than this is ever held back."""

LONGEST_DERIVED_FROM = 64 * 1024
"""Encodings are made of secrets up to this length in characters (GitHub's own are 48 KB at most)."""

LONGEST_SECRET = 1024 * 1024
"""Characters of a secret that can be masked at all."""

_LINE_BREAK = re.compile(r"[\r\n]+")
_SHELL_SPECIAL = re.compile(r"(?![A-Za-z0-9_@%+=:,./\-])([\x00-\x7f])")


def secret_forms(secret: str) -> set[bytes]:
    """Every byte string to mask for ``secret``; none of them holds a line break, so that masking is line by line.

    The secret itself and each of its lines are masked whatever their length (but see
    ``LONGEST_BARE_PUNCTUATION``); an empty or blank secret gives nothing.
    """
    forms: set[bytes] = set()
    for value in _values(secret):
        forms.update(_single_lines(value, shortest=1))
        if len(value) <= LONGEST_DERIVED_FROM:
            for derived in _derived(value):
                forms.update(_single_lines(derived, shortest=SHORTEST_DERIVED))
            forms.update(form for form in _base64_forms(encode_text(value)) if len(form) >= SHORTEST_DERIVED)
    return {block for form in forms for block in _blocks(form)}


def _blocks(form: bytes) -> Iterator[bytes]:
    if len(form) <= LONGEST_FORM:
        yield form
        return
    yield from (form[start : start + LONGEST_FORM] for start in range(0, len(form) - LONGEST_FORM, LONGEST_FORM))
    yield form[-LONGEST_FORM:]


def _values(secret: str) -> list[str]:
    """The secret, the secret without surrounding blanks, and its lines."""
    lines = _LINE_BREAK.split(secret)
    values = [secret, secret.strip(), *(line.strip() for line in lines if not _is_bare_punctuation(line.strip()))]
    return list(dict.fromkeys(value for value in values if value.strip()))


def _is_bare_punctuation(line: str) -> bool:
    return len(line) <= LONGEST_BARE_PUNCTUATION and not any(character.isalnum() for character in line)


def _single_lines(value: str, *, shortest: int) -> Iterator[bytes]:
    """The value as bytes; a value of several lines as its lines, since a log is masked line by line."""
    lines = _LINE_BREAK.split(value)
    if len(lines) == 1:
        if len(value) >= shortest:
            yield encode_text(value)
        return
    for line in lines:
        if len(line) >= shortest and line.strip() and not _is_bare_punctuation(line.strip()):
            yield encode_text(line)


def encode_text(value: str) -> bytes:
    """UTF-8; what was no text to begin with (surrogates) goes back to the bytes that it came from."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _derived(value: str) -> Iterator[str]:
    yield value.replace('"', '\\"')
    yield value.replace("'", "''")
    yield value.replace("\\", "\\\\").replace("'", "\\'")
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(value)[1:-1]
    yield from _xml_forms(value)
    yield from _uri_forms(value)
    yield from _shell_forms(value)
    yield from _unquoted(value)
    yield from _powershell_halves(value)


def _xml_forms(value: str) -> Iterator[str]:
    """The apostrophe by its name, and by number as the escaping functions for HTML write it."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for apostrophe in ("&apos;", "&#39;", "&#x27;"):
        yield escaped.replace('"', "&quot;").replace("'", apostrophe)


def _uri_forms(value: str) -> Iterator[str]:
    """RFC 3986 data, a path, JavaScript's ``encodeURIComponent`` and ``encodeURI``, and a form field."""
    raw = encode_text(value)
    yield quote(raw, safe="")
    yield quote(raw)
    yield quote(raw, safe="!'()*")
    yield quote(raw, safe="!'()*;,/?:@&=+$#")
    yield quote_plus(raw)


def _shell_forms(value: str) -> Iterator[str]:
    """As ``set -x`` and ``printf %q`` print it."""
    yield value.replace("'", "'\\''")
    yield shlex.quote(value)[1:-1] if "'" in value else value
    yield _SHELL_SPECIAL.sub(r"\\\1", value)


def _unquoted(value: str) -> Iterator[str]:
    if len(value) > 8 and value.startswith('"') and value.endswith('"'):
        yield value[1:-1]


def _powershell_halves(value: str) -> Iterator[str]:
    """PowerShell colours a command that failed around its ampersand, and so tears the secret in two.

    After ``&+`` it also swallows one character of the second half.
    """
    if "&+" in value:
        cut = value.index("&+") + 2
        halves = (value[:cut], value[cut + 1 :])
    elif "&" in value:
        cut = value.rindex("&") + 1
        halves = (value[:cut], value[cut:])
    else:
        return
    yield from (half for half in halves if len(half) >= SHORTEST_FRAGMENT)


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """Base64 of the secret wherever it stands in what was encoded: three alignments, both alphabets, no padding.

    For each alignment: the runner's form (the first bytes cut off so that the rest is aligned), and the characters
    that the secret decides alone, with and without a last one that what follows may change.
    """
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw).rstrip(b"=")
        first, last = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        for form in (base64.b64encode(raw[shift:]).rstrip(b"="), encoded[first:], encoded[first:last]):
            yield form
            yield form.replace(b"+", b"-").replace(b"/", b"_")
