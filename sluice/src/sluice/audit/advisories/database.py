"""A local advisory database: OSV records as YAML or JSON, in a folder, a tar or a zip archive. In: a name and a
version. Out: the records that hold for it.

Of YAML only the records that name the package are parsed: the database has thousands.
"""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sluice.audit.model import NotCheckedError

_NAME = re.compile(rb"""[\s{,]name:\s*["']?([@\w./-]+)""")
_ID = re.compile(rb"""^id:\s*["']?([\w.-]+)""", re.MULTILINE)
_MODIFIED = re.compile(rb"""^modified:\s*["']?(\d{4}-\d\d-\d\d)""", re.MULTILINE)
_ECOSYSTEM = re.compile(rb"""[\s{,]["']?ecosystem["']?:\s*["']?([\w.]+)""")
_SUFFIXES = (".yaml", ".yml", ".json")

Record = Mapping[str, Any]


class AdvisoryDatabase:
    """The records of a folder or an archive. Raises ``NotCheckedError`` where there are none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ecosystems: set[str] = set()
        self._by_package: dict[str, list[bytes]] = defaultdict(list)
        self._by_id: dict[str, bytes] = {}
        self.newest = ""
        try:
            for text in _texts(path):
                self._index(text)
        except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
            raise NotCheckedError(f"the advisories in {path} can't be read: {error}") from error
        if not self._by_id:
            raise NotCheckedError(f"there are no advisories in {path}", hint="name a folder or archive of OSV records")

    def __len__(self) -> int:
        return len(self._by_id)

    def _index(self, text: bytes) -> None:
        name, packages, modified = _about_json(text) if _is_json(text) else _about_yaml(text)
        if name:
            self._by_id[name] = text
            self.newest = max(self.newest, modified)
            self._ecosystems.update(found.decode() for found in _ECOSYSTEM.findall(text))
        for package in packages if name else ():
            self._by_package[package].append(text)

    def check_that_it_knows(self, ecosystem: str) -> None:
        """Raises ``NotCheckedError`` where no record is about this ecosystem: then silence says nothing."""
        if ecosystem not in self._ecosystems:
            raise NotCheckedError(
                f"none of the {len(self)} advisories in {self._path} is about {ecosystem}",
                hint=f"put those of {ecosystem} into the folder, too",
            )

    def about(self, name: str, ecosystem: str) -> list[Record]:
        """The records about any version of this package."""
        records = map(_parse, self._by_package.get(canonicalize_name(name), ()))
        return [
            record
            for record in records
            if not record.get("withdrawn")
            and any(
                one.get("package", {}).get("ecosystem") == ecosystem and one["package"].get("name") == name
                for one in record.get("affected", ())
            )
        ]

    def query(self, name: str, version: str, ecosystem: str = "PyPI") -> list[Record]:
        """The records that hold for this version of this package."""
        records = map(_parse, self._by_package.get(canonicalize_name(name), ()))
        return [
            record for record in records if not record.get("withdrawn") and _holds(record, name, version, ecosystem)
        ]

    def record(self, name: str) -> Record | None:
        """The record of this id."""
        text = self._by_id.get(name)
        return None if text is None else _parse(text)


def _is_json(text: bytes) -> bool:
    return text.lstrip().startswith(b"{")


def _about_json(text: bytes) -> tuple[str, set[str], str]:
    try:
        record = _parse(text)
        packages = {str(canonicalize_name(affected["package"]["name"])) for affected in record.get("affected", ())}
        return str(record.get("id", "")), packages, str(record.get("modified", ""))[:10]
    except (ValueError, LookupError, TypeError, AttributeError):
        return "", set(), ""


def _about_yaml(text: bytes) -> tuple[str, set[str], str]:
    """Id, names and day as far as they can be told without parsing; a name too many does no harm."""
    name, modified = _ID.search(text), _MODIFIED.search(text)
    packages = {str(canonicalize_name(found.decode())) for found in _NAME.findall(text)}
    return name[1].decode() if name else "", packages, modified[1].decode() if modified else ""


def _texts(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        yield from (file.read_bytes() for file in sorted(path.rglob("*")) if file.suffix in _SUFFIXES)
        return
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            yield from (zipped.read(name) for name in zipped.namelist() if name.endswith(_SUFFIXES))
        return
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() and member.name.endswith(_SUFFIXES) else None
            if content is not None:
                yield content.read()


@lru_cache(maxsize=4096)
def _parse(text: bytes) -> Record:
    if _is_json(text):
        return dict(json.loads(text))
    import yaml  # noqa: PLC0415 - JSON records need none

    # OSV's times are texts: a loader that makes dates of them would not write them as JSON again
    loaded = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506  # nosec B506 - makes only texts
    return dict(loaded) if isinstance(loaded, dict) else {}


def _holds(record: Record, name: str, version: str, ecosystem: str) -> bool:
    for affected in record.get("affected", ()):
        package = affected.get("package", {})
        if package.get("ecosystem") != ecosystem or canonicalize_name(package.get("name", "")) != canonicalize_name(
            name
        ):
            continue
        if version in affected.get("versions", ()):
            return True
        if any(_within(version, span["events"]) for span in affected.get("ranges", ()) if span["type"] == "ECOSYSTEM"):
            return True
    return False


def _within(version: str, events: list[Mapping[str, str]]) -> bool:
    """Whether the events leave the version affected (https://ossf.github.io/osv-schema/#evaluation)."""
    try:
        mine = Version(version)
        inside = False
        for event in events:
            if "introduced" in event and (event["introduced"] == "0" or mine >= Version(event["introduced"])):
                inside = True
            if "fixed" in event and mine >= Version(event["fixed"]):
                inside = False
            if "last_affected" in event and mine > Version(event["last_affected"]):
                inside = False
    except InvalidVersion:
        return False
    return inside
