"""A configuration in, its settings as TOML out, with secrets as ``***``."""

from __future__ import annotations

import json
from typing import Any

from loka_stratum.configuration.settings import LISTS, SECTIONS, Configuration, described
from loka_stratum.configuration.values import Endpoint, Secret


def show(configuration: Configuration) -> str:
    """Every setting in force."""
    parts = []
    for name, kind in SECTIONS.items():
        content = getattr(configuration, name)
        for section in content if name in LISTS else (content,):
            header = f"[[{name}]]" if name in LISTS else f"[{name}]"
            lines = (f"{key} = {_toml(getattr(section, key))}" for key in described(kind))
            parts.append("\n".join([header, *lines, ""]))
    return "\n".join(parts)


def _toml(value: Any) -> str:  # noqa: ANN401 (any setting's)
    match value:
        case None:
            return '""'
        case Endpoint() | Secret():
            return json.dumps(str(value))
        case tuple():
            return json.dumps([str(part) for part in value])
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return json.dumps(value)
