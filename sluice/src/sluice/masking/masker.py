"""Replace secrets by ``***``. In: bytes or text, and secrets that may be added at any time. Out: the same, masked.

Occurrences that overlap or touch become one ``***``. Case matters, as on GitHub. A ``MaskingStream`` does it for
bytes that come in pieces: what may be the beginning of a secret is held back until the next piece decides. Knows
nothing of workflow commands and logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from sluice.masking.automaton import Automaton, Match, merge_matches
from sluice.masking.encodings import LONGEST_SECRET, secret_forms
from sluice.source.errors import UsageError

MASK = b"***"
_SLICE = 256 * 1024
_SETTLE_AFTER = 2 * 1024 * 1024
"""Bytes masked with the same secrets after which it pays to build the one fast automaton."""


class Masker:
    """The secrets of a job. May be shared by threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = Lock()
        self._known: set[str] = set()
        self._pending: set[bytes] = set()
        self._automata: tuple[Automaton, ...] = ()
        self._masked = 0
        self._settled = False
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> bool:
        """Mask ``secret`` in all its forms from now on; ``False`` when it is blank or known already.

        Raises ``UsageError`` for one of more than ``LONGEST_SECRET`` characters.
        """
        if len(secret) > LONGEST_SECRET:
            raise UsageError(f"A mask can have {LONGEST_SECRET} characters at most; this one has {len(secret)}.")
        with self._lock:
            if not secret.strip() or secret in self._known:
                return False
            self._known.add(secret)
            self._pending |= secret_forms(secret)
        return True

    def mask(self, data: bytes) -> bytes:
        """``data``, a whole piece of text, with every secret replaced."""
        automata = self.automata(len(data))
        if not automata:
            return data
        return b"".join([_mask_slice(piece, automata) for piece in _slices(data)])

    def mask_text(self, text: str) -> str:
        """A short text (a name, an output, an annotation's message) with every secret replaced."""
        if not self.automata(0):
            return text
        raw = text.encode("utf-8", "surrogatepass")
        masked = self.mask(raw)
        return text if masked is raw or masked == raw else masked.decode("utf-8", "surrogatepass")

    def stream(self) -> MaskingStream:
        """A new stream over these secrets."""
        return MaskingStream(self)

    def automata(self, upcoming: int) -> tuple[Automaton, ...]:
        """What to search with for the next ``upcoming`` bytes.

        New secrets get an automaton of their own; automata of about the same size are merged, so that a thousand
        masks cost a few dozen builds; after some output with the same secrets all become one fast automaton.
        """
        if self._settled and not self._pending:
            return self._automata
        with self._lock:
            if self._pending:
                self._automata = _merge(self._automata, self._pending)
                self._pending = set()
                self._masked, self._settled = 0, False
            self._masked += upcoming
            if self._masked >= _SETTLE_AFTER and self._automata:
                self._automata = _settle(self._automata)
                self._settled = True
            return self._automata


def _merge(automata: tuple[Automaton, ...], added: set[bytes]) -> tuple[Automaton, ...]:
    kept = list(automata)
    patterns = added.difference(*(automaton.patterns for automaton in kept))
    while kept and kept[-1].size <= 2 * sum(map(len, patterns)):
        patterns |= kept.pop().patterns
    return (*kept, Automaton(patterns)) if patterns else tuple(kept)


def _settle(automata: tuple[Automaton, ...]) -> tuple[Automaton, ...]:
    patterns: frozenset[bytes] = frozenset()
    return (Automaton(patterns.union(*(automaton.patterns for automaton in automata)), fast=True),)


def _slices(data: bytes) -> Iterable[bytes]:
    """``data`` cut at line ends into pieces of about ``_SLICE`` bytes, so that matches never fill the memory."""
    start = 0
    while len(data) - start > _SLICE:
        end = data.rfind(b"\n", start, start + _SLICE) + 1 or data.find(b"\n", start + _SLICE) + 1 or len(data)
        yield data[start:end]
        start = end
    yield data[start:] if start else data


def _find(data: bytes, automata: tuple[Automaton, ...]) -> list[Match]:
    found = automata[0].matches(data)
    for automaton in automata[1:]:
        found += automaton.matches(data)
    return found


def _mask_slice(data: bytes, automata: tuple[Automaton, ...]) -> bytes:
    found = _find(data, automata)
    return MASK.join(_between(data, merge_matches(found))) if found else data


def _between(data: bytes, ranges: list[tuple[int, int]]) -> list[bytes]:
    """What lies before, between and after the ranges."""
    parts, position = [], 0
    for start, end in ranges:
        parts.append(data[position:start])
        position = end
    parts.append(data[position:])
    return parts


class MaskingStream:
    """Masks one stream of bytes; the result doesn't depend on how the bytes are cut into pieces."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""
        self._reach: int | None = None
        """How many bytes of ``_held`` the ``***`` written last already stands for; ``None``: it was no mask."""

    def feed(self, data: bytes) -> bytes:
        """The masked bytes that are certain now."""
        automata = self._masker.automata(len(data))
        if not automata:
            return data
        parts = []
        if self._held or self._reach is not None:
            first = data.find(b"\n") + 1 or len(data)
            parts.append(self._feed_piece(data[:first], automata))
            data = data[first:]
        whole = data.rfind(b"\n") + 1
        if whole:
            parts.append(self._masker.mask(data[:whole]))
            data = data[whole:]
        if data:
            parts.append(self._feed_piece(data, automata))
        return b"".join(parts)

    def close(self) -> bytes:
        """What was held back: no more bytes come, so what was only the beginning of a secret is none."""
        automata = self._masker.automata(0)
        if not self._held or not automata:
            return b""
        rest = self._release(self._held, merge_matches(_find(self._held, automata)), len(self._held))
        self._reach = None
        return rest

    def _feed_piece(self, piece: bytes, automata: tuple[Automaton, ...]) -> bytes:
        data = self._held + piece
        ranges = merge_matches(_find(data, automata))
        cut = len(data) - max(automaton.unfinished(data) for automaton in automata)
        return self._release(data, ranges, cut)

    def _release(self, data: bytes, ranges: list[tuple[int, int]], cut: int) -> bytes:
        """Write ``data`` up to ``cut``, hold the rest, and remember how far into the rest the last mask reaches."""
        parts: list[bytes] = []
        position, in_mask = self._reach or 0, self._reach is not None
        for start, end in ranges:
            if in_mask and start <= position:
                position = max(position, end)
            elif start < cut:
                parts += (data[position:start], MASK)
                position, in_mask = end, True
            else:
                break
        if position < cut or not in_mask:
            parts.append(data[position:cut])
            position, in_mask = cut, False
        self._held = data[cut:]
        self._reach = position - cut if in_mask else None
        return b"".join(parts)
