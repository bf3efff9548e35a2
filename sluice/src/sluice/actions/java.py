"""JDKs of this machine: of ``JAVA_HOME``, of the system, of SDKMAN! and of IDEs. In: nothing. Out: where they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from sluice.actions.versions import Version

_FACT = re.compile(r'^(\w+)="?([^"\n]*)"?$', re.MULTILINE)
_PLACES = ("/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*", "~/.sdkman/candidates/java/*", "~/.jdks/*")
_VENDORS = {
    "adopt": ("temurin", "adopt", "adopt-hotspot"),
    "azul": ("zulu",),
    "amazon": ("corretto",),
    "microsoft": ("microsoft",),
    "bellsoft": ("liberica", "liberica-nik"),
    "oracle": ("oracle",),
    "graalvm": ("graalvm", "graalvm-community"),
    "ibm": ("semeru",),
    "sap": ("sapmachine",),
    "jetbrains": ("jetbrains",),
    "alibaba": ("dragonwell",),
    "tencent": ("kona",),
}


class Java(Struct, frozen=True, kw_only=True):
    """One: its folder, its version, who made it, and whether it compiles (a JDK) or only runs (a JRE)."""

    home: Path
    version: Version
    text: str
    maker: str
    compiles: bool

    def is_of(self, distribution: str) -> bool:
        """Whether it is of this distribution by the name that actions/setup-java has for it."""
        return any(distribution in names for part, names in _VENDORS.items() if part in self.maker.lower())


@lru_cache(maxsize=1)
def find_javas() -> tuple[Java, ...]:
    """Each that describes itself in its ``release`` file, the newest first."""
    found = {java.home: java for home in _candidates() if (java := _read(home)) is not None}
    return tuple(sorted(found.values(), key=lambda java: java.version, reverse=True))


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named).resolve()
    for place in _PLACES:
        pattern = Path(place).expanduser()
        yield from (path.resolve() for path in sorted(pattern.parent.glob(pattern.name)))


def _read(home: Path) -> Java | None:
    try:
        facts = dict(_FACT.findall((home / "release").read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return None
    text = facts.get("JAVA_VERSION", "")
    version = _version(text)
    if version is None or not (home / "bin/java").is_file():
        return None
    compiles = (home / "bin/javac").is_file()
    return Java(home=home, version=version, text=text, maker=facts.get("IMPLEMENTOR", ""), compiles=compiles)


def _version(text: str) -> Version | None:
    """``17.0.2`` and ``1.8.0_392``, which is 8.0.392; a pre-release is none."""
    found = re.fullmatch(r"(\d+(?:[._]\d+)*)(?:\+\w+)?", text)
    if found is None:
        return None
    numbers = tuple(map(int, re.split(r"[._]", found[1])))
    numbers = numbers[1:] if numbers[0] == 1 and len(numbers) > 1 else numbers
    return (*numbers, 0, 0)[: max(3, len(numbers))]
