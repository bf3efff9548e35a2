"""An image's configuration and history as records. JSON in. Pure.

https://github.com/opencontainers/image-spec/blob/main/config.md, with Docker's ``Healthcheck`` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sluice.images.model import Configuration

_NOP = re.compile(r"^/bin/sh -c #\(nop\)\s*")
_SHELL = re.compile(r"^(?:\|\d+ .*?)?/bin/sh -c ")


def read_configuration(document: Mapping[str, Any]) -> Configuration:
    """The configuration; what is not said is empty."""
    config: Mapping[str, Any] = document.get("config") or {}
    return Configuration(
        architecture=str(document.get("architecture") or ""),
        system=str(document.get("os") or ""),
        created=str(document.get("created") or ""),
        user=str(config.get("User") or ""),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        ports=tuple(sorted(config.get("ExposedPorts") or ())),
        volumes=tuple(sorted(config.get("Volumes") or ())),
        labels=dict(config.get("Labels") or {}),
        variables=tuple(str(one).partition("=")[0] for one in config.get("Env") or ()),
        health=tuple((config.get("Healthcheck") or {}).get("Test") or ()),
    )


def instructions(document: Mapping[str, Any], layers: int) -> list[str]:
    """The instruction that made each layer, as it stood in the Dockerfile; unknown ones are empty."""
    history: Sequence[Mapping[str, Any]] = document.get("history") or ()
    made = [instruction(str(one.get("created_by") or "")) for one in history if not one.get("empty_layer")]
    return made if len(made) == layers else [*made, *[""] * layers][:layers]


def instruction(text: str) -> str:
    """Without what the builders put around it."""
    bare = text.removesuffix(" # buildkit").strip()
    if _NOP.match(bare):
        return _NOP.sub("", bare)
    return _SHELL.sub("RUN ", bare) if _SHELL.match(bare) else re.sub(r"^RUN (?:\|\d+ .*?)?/bin/sh -c ", "RUN ", bare)
