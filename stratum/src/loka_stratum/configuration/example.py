"""The example configuration: every setting with its meaning, its default and what is allowed. It is valid as it is."""

from __future__ import annotations

import json
from typing import Any

from loka_stratum.configuration.settings import LISTS, REQUIRED, SECTIONS, Described, described

_HEAD = """\
# Loka Stratum. Every setting can be overridden by a variable, LOKA_SECTION__KEY (LOKA_POOLS__0__KEY for the first
# pool), and those by flags. What is commented out stands at its default.
"""


def example() -> str:
    """The text of the example file."""
    return _HEAD + "".join(_section(name, kind) for name, kind in SECTIONS.items())


def _section(name: str, kind: type) -> str:
    header = f"[[{name}]]" if name in LISTS else f"[{name}]"
    meaning = (kind.__doc__ or "").strip()
    return f"\n# {meaning}\n{header}\n" + "".join(_entry(key, each) for key, each in described(kind).items())


def _entry(key: str, each: Described) -> str:
    comment = f"# {each.help} ({each.kind.allowed})\n"
    if each.default is REQUIRED or each.example is not None:
        return f"{comment}{key} = {_toml(each.example)}\n"
    return f"{comment}# {key} = {_toml(each.default)}\n"


def _toml(value: Any) -> str:  # noqa: ANN401 (whatever a default may be)
    """A value as TOML writes it; for these, JSON's way is the same."""
    return json.dumps(value)
