"""The values of single options of ``docker create``, in the words of the engine's library.

In: all the values that an option was given. Out: what the library takes, or a ``ValueError`` that says what is allowed.
Pure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

Values = tuple[str, ...]

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(?:([kmgtp])i?b?|b)?", re.IGNORECASE)
_UNITS = " kmgtp"
_RESTARTS = ("no", "always", "unless-stopped", "on-failure")
_KINDS = ("bind", "volume", "tmpfs")
_REPEATED = frozenset({"volume-opt", "volume-label"})
_KEYS = MappingProxyType({"src": "source", "dst": "target", "destination": "target", "ro": "readonly"})


def pairs(separators: str) -> Callable[[Values], dict[str, str]]:
    """``NAME<separator>VALUE`` each, at the first of the separators; a value may be missing."""

    def read(values: Values) -> dict[str, str]:
        parts = (re.split(f"[{separators}]", text, maxsplit=1) for text in values)
        return {part[0]: part[1] if len(part) > 1 else "" for part in parts}

    return read


def last(values: Values) -> str:
    """The one that counts."""
    return values[-1]


def number(values: Values) -> int:
    """A whole number."""
    return int(values[-1])


def size(values: Values) -> int:
    """Bytes, as ``512m`` or ``1.5g``; ``-1`` is no limit."""
    if values[-1] == "-1":
        return -1
    match = _SIZE.fullmatch(values[-1].strip())
    if match is None:
        raise ValueError("expected a size, as 512m or 1.5g")
    return int(float(match[1]) * 1024 ** _UNITS.index((match[2] or " ").lower()))


def hosts(values: Values) -> dict[str, str]:
    """``NAME:ADDRESS`` each."""
    found = pairs(":=")(values)
    if not all(found.values()):
        raise ValueError("expected NAME:ADDRESS")
    return found


def limits(values: Values) -> list[dict[str, str | int]]:
    """``NAME=SOFT[:HARD]`` each."""
    found: list[dict[str, str | int]] = []
    for name, _, value in (text.partition("=") for text in values):
        soft, _, hard = value.partition(":")
        if not re.fullmatch(r"(-1|\d+):(-1|\d+)", f"{soft}:{hard or soft}"):
            raise ValueError("expected NAME=SOFT[:HARD], as nofile=1024:2048")
        found.append({"Name": name, "Soft": int(soft), "Hard": int(hard or soft)})
    return found


def restart(values: Values) -> dict[str, str | int]:
    """``on-failure:3`` and the like."""
    name, _, count = values[-1].partition(":")
    if name not in _RESTARTS:
        raise ValueError(f"expected one of {', '.join(_RESTARTS)}")
    return {"Name": name, "MaximumRetryCount": int(count or 0)}


def graphics(values: Values) -> list[dict[str, Any]]:
    """``all``, how many, or ``device=ID,ID``."""
    text = values[-1].strip("\"'")
    request: dict[str, Any] = {"capabilities": [["gpu"]]}
    if text.startswith("device="):
        return [request | {"device_ids": text.removeprefix("device=").split(",")}]
    return [request | {"count": -1 if text == "all" else int(text)}]


def mounts(values: Values) -> list[dict[str, Any]]:
    """``type=bind,source=/a,target=/b,readonly`` each."""
    return [_mount(text) for text in values]


def _mount(text: str) -> dict[str, Any]:
    fields = [field.partition("=")[::2] for field in next(csv.reader([text]))]
    given = {_KEYS.get(key, key): value for key, value in fields if key not in _REPEATED}
    kind = given.pop("type", "volume")
    if kind not in _KINDS or not given.get("target"):
        raise ValueError(f"expected type=TYPE,source=PLACE,target=PLACE; a type is one of {', '.join(_KINDS)}")
    mount: dict[str, Any] = {"Type": kind, "Target": given.pop("target"), "Source": given.pop("source", "")}
    mount["ReadOnly"] = given.pop("readonly", "false") in {"", "true", "1"}
    own: dict[str, Any] = {}
    if kind == "tmpfs" and "tmpfs-size" in given:
        own["SizeBytes"] = size((given.pop("tmpfs-size"),))
    if kind == "tmpfs" and "tmpfs-mode" in given:
        own["Mode"] = int(given.pop("tmpfs-mode"), 8)
    volume = _volume(given, fields) if kind == "volume" else {}
    if left := next(iter(given), "") or next((key for key, _ in fields if key in _REPEATED and kind != "volume"), ""):
        raise ValueError(f"'{left}' of a {kind} is not carried out")
    return mount | ({"TmpfsOptions": own} if own else {}) | ({"VolumeOptions": volume} if volume else {})


def _volume(given: dict[str, str], fields: list[tuple[str, str]]) -> dict[str, Any]:
    """``VolumeOptions`` of the engine's interface; what is read of ``given`` is taken out of it."""
    found: dict[str, Any] = {}
    if given.pop("volume-nocopy", "false") in {"", "true", "1"}:
        found["NoCopy"] = True
    options = dict(value.partition("=")[::2] for key, value in fields if key == "volume-opt")
    labels = dict(value.partition("=")[::2] for key, value in fields if key == "volume-label")
    driver = given.pop("volume-driver", "")
    if driver or options:
        found["DriverConfig"] = {"Name": driver or "local", "Options": options}
    return found | ({"Labels": labels} if labels else {})
