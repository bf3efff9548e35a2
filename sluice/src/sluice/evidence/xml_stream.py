"""An XML document of any size, element by element. Chunks in, elements out; entities and endless nesting refused.

An element is handed out when it begins (its attributes are there, its content is not) and when it ends. Only elements
that were asked for whole keep their content until then; the rest is let go as it passes by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError

from sluice.evidence.chunks import bounded
from sluice.evidence.limits import DEEPEST_NESTING, LARGEST_XML, MOST_PARTS
from sluice.evidence.problems import Problem, ReportError

_NO_ELEMENT, _UNCLOSED_TOKEN, _PARTIAL_CHAR = 3, 5, 6  # expat's codes for a text that ends too early


class XmlStream:
    """The elements of a document. ``root`` is there at once; the rest is read by :meth:`ends`."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Read up to the root element. Raises :class:`ReportError`: unreadable, truncated, hostile."""
        self._events = _events(chunks)
        self.root = next(self._events)[1]

    @property
    def name(self) -> str:
        """The root element's name, without its namespace."""
        return local_name(self.root)

    def ends(self, *, whole: frozenset[str] = frozenset()) -> Iterator[tuple[Element, int]]:
        """Each element as it ends, with its depth (the root's is 0); those named in ``whole`` with their content.

        Raises :class:`ReportError` as the constructor does, after all that came before.
        """
        stack = [self.root]
        kept = parts = 0
        for event, element in self._events:
            if event == "start":
                if len(stack) >= DEEPEST_NESTING:
                    raise ReportError(Problem.TOO_DEEP, f"more than {DEEPEST_NESTING} elements within one another")
                kept += kept > 0 or local_name(element) in whole
                parts += kept > 0
                if parts > MOST_PARTS:
                    raise ReportError(Problem.TOO_LARGE, f"more than {MOST_PARTS:,} elements in one entry")
                stack.append(element)
                continue
            stack.pop()
            if kept <= 1:
                yield element, len(stack)
            if kept:
                kept -= 1
            if not kept:
                parts = 0
                element.clear()
                if stack:
                    del stack[-1][:]


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, Element]]:
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - few commands need it
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415 - goes with the line above

    try:
        yield from iterparse(_Readable(bounded(chunks, LARGEST_XML, mark=b"<")), events=("start", "end"))
    except DefusedXmlException as error:
        raise ReportError(Problem.HOSTILE, "the XML declares entities, which are not read") from error
    except ParseError as error:
        early = error.code in {_NO_ELEMENT, _UNCLOSED_TOKEN, _PARTIAL_CHAR}
        raise ReportError(Problem.TRUNCATED if early else Problem.UNREADABLE, f"not XML: {error}") from error
    except LookupError as error:
        raise ReportError(Problem.UNREADABLE, f"not XML: {error}") from error


class _Readable:
    """Chunks as the file object that the parser wants."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, _size: int = -1) -> bytes:
        return next(self._chunks, b"")

    def close(self) -> None:
        """Nothing is held."""
