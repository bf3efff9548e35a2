"""Requirements files (pip, pip-tools, uv): what they pin and what they don't. In: a text. Out: packages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from sluice.audit.packages.model import Ecosystem, Package, Unpinned

_PINNED = re.compile(r"([A-Za-z0-9][\w.-]{0,199}) ?(?:\[[^\]]{0,200}\])? ?===? ?([^\s;,#*]{1,100})(?=[\s;#]|$)")
_NAMED = re.compile(r"([A-Za-z0-9][\w.-]{0,199}) ?(?:\[[^\]]{0,200}\])? ?(?:$|[<>=!~;@# ])")
_HASH = re.compile(r"--hash[= ](sha256:[0-9a-f]{64})")


def looks_like_requirements(text: str) -> bool:
    """Whether a file of any name is one: its first lines that say anything pin something."""
    said = [line for line in text[:4000].splitlines() if line.strip() and not line.lstrip().startswith(("#", "-"))]
    return bool(said) and _PINNED.match(said[0]) is not None


def read_requirements(text: str, file: str) -> Iterator[Package | Unpinned]:
    """Each requirement; options, comments, and folders of the repository itself are none."""
    for number, line in _logical_lines(text):
        if pinned := _PINNED.match(line):
            yield Package(
                ecosystem=Ecosystem.PYPI,
                name=canonicalize_name(pinned[1]),
                version=pinned[2],
                file=file,
                line=number,
                hashes=tuple(_HASH.findall(line)),
            )
        elif unpinned := _NAMED.match(line):
            yield Unpinned(name=canonicalize_name(unpinned[1]), file=file, line=number)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that they go on in, by the number of the first."""
    start, held = 0, ""
    for number, row in enumerate(text.splitlines(), 1):
        start = start if held else number
        held += row.strip()
        if held.endswith("\\"):
            held = held[:-1].rstrip() + " "
            continue
        if held and not held.startswith(("#", "-", ".", "/")):
            yield start, held
        held = ""
