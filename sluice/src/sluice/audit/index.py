"""Release dates out of a package index: the Simple API as JSON (PEP 691) with its upload times (PEP 700)."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from sluice.audit.model import NotCheckedError

_ACCEPT = "application/vnd.pypi.simple.v1+json"
_LARGEST = 64 * 1024 * 1024
_SECONDS = 20
PAUSES = (0.5, 2.0)
"""Seconds before a network that failed is asked again."""
_NAMED_BY = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def index_address(chosen: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The index that pip would ask. Raises ``NotCheckedError`` where none is named and pip isn't there to tell."""
    named = chosen or next((environment[name] for name in _NAMED_BY if environment.get(name)), None)
    if named:
        return named
    try:
        from pip._internal.models.index import PyPI  # noqa: PLC0415 - the client knows its own default
    except ImportError as error:
        raise NotCheckedError("no package index is named", hint='[audit] index = "..." in sluice.toml') from error
    return str(PyPI.simple_url)


def releases_of(address: str, name: str) -> dict[Version, dt.datetime]:
    """When each version of ``name`` came out; yanked ones are left out.

    Raises ``NotCheckedError`` where the index doesn't answer, answers otherwise, or gives no times.
    """
    return releases_in(_ask(f"{address.rstrip('/')}/{quote(name)}/"))


def releases_in(document: Any) -> dict[Version, dt.datetime]:  # noqa: ANN401 - JSON
    """When each version came out, by an index's page of a package. Raises ``NotCheckedError`` for another document."""
    try:
        files: list[Mapping[str, Any]] = [file for file in document["files"] if not file.get("yanked")]
        if files and not any("upload-time" in file for file in files):
            raise NotCheckedError("the package index gives no upload times (PEP 700)")
        return _earliest(files)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotCheckedError(f"the package index answers in a way of its own: {error}") from error


def days_behind(pinned: str, releases: Mapping[Version, dt.datetime], today: dt.date) -> tuple[int, Version | None]:
    """Days since the first release newer than the pinned one came out, and the newest; 0 for the newest itself.

    Pre-releases count for a pinned pre-release only. Raises ``ValueError`` for a version that is none.
    """
    mine = Version(pinned)
    newer = {one: day for one, day in releases.items() if one > mine and (mine.is_prerelease or not one.is_prerelease)}
    if not newer:
        return 0, None
    return max(0, (today - min(newer.values()).date()).days), max(newer)


def _earliest(files: Iterable[Mapping[str, Any]]) -> dict[Version, dt.datetime]:
    found: dict[Version, dt.datetime] = {}
    for file in files:
        version, told = _version(file["filename"]), file.get("upload-time")
        if version is not None and told:
            day = dt.datetime.fromisoformat(told)
            found[version] = min(day, found.get(version, day))
    return found


def _version(filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None  # an egg, an installer, a name from before there were rules


def _ask(address: str) -> Any:  # noqa: ANN401 - JSON
    """The answer's JSON; a network that fails is asked again."""
    for pause in PAUSES:
        try:
            return _ask_once(address)
        except _NoAnswerError:
            time.sleep(pause)
    return _ask_once(address)


def _ask_once(address: str) -> Any:  # noqa: ANN401 - JSON
    bare, headers = _without_password(address)
    if not bare.startswith(("http://", "https://")):
        raise NotCheckedError(f"the package index is no web address: {bare[:80]}")
    try:
        request = urllib.request.Request(bare, headers={"Accept": _ACCEPT, **headers})  # noqa: S310 - the scheme was looked at
        with urllib.request.urlopen(request, timeout=_SECONDS, context=_trusted()) as answer:  # noqa: S310  # nosec B310 - as above
            return json.loads(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        raise NotCheckedError(f"the package index answers {error.code}") from error
    except ValueError as error:
        raise NotCheckedError(f"the package index gives no JSON: {error}") from error
    except OSError as error:
        raise _NoAnswerError(f"the package index can't be asked: {error}") from error


@functools.cache
def _trusted() -> ssl.SSLContext:
    """What connections trust: to read the machine's certificates takes longer than an answer."""
    return ssl.create_default_context()


class _NoAnswerError(NotCheckedError):
    """The network failed, which may pass."""


def _without_password(address: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    headers = {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if at else {}
    return urlunsplit((parts.scheme, host, *parts[2:])), headers
