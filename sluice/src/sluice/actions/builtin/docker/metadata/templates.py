"""The action's expressions in values: ``{{branch}}``, ``{{date 'YYYYMMDD' tz='UTC'}}``. Pure.

The real one has all of Handlebars; here are its plain expressions with arguments. A block is refused, a name that is
not known gives nothing, as there, and is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sluice.actions.builtin.docker.metadata.dates import ISO, written
from sluice.actions.builtin.docker.metadata.occasion import Occasion

_EXPRESSION = re.compile(r"\{\{\{?\s*(.*?)\s*\}?\}\}")
_ARGUMENT = re.compile(r"""(?:(\w+)=)?(?:'([^']*)'|"([^"]*)"|(\S+))""")

Helper = Callable[..., str]


class TemplateError(ValueError):
    """An expression that can't be written out; the message is for the user."""


def constants(values: Mapping[str, str]) -> dict[str, Helper]:
    """Values as expressions."""

    def giving(value: str) -> Helper:
        return lambda: value

    return {name: giving(value) for name, value in values.items()}


def global_expressions(occasion: Occasion) -> dict[str, Helper]:
    """What every attribute of every rule may hold (metadata-action: global expressions)."""
    values = {
        "branch": occasion.branch,
        "tag": occasion.tag,
        "sha": occasion.sha[: occasion.short],
        "base_ref": occasion.base,
        "is_default_branch": str(occasion.on_default_branch).lower(),
        "is_not_default_branch": str(not occasion.on_default_branch).lower(),
    }
    return {
        **constants(values),
        "date": partial(_date, occasion.now),
        "commit_date": partial(_date, occasion.committed or occasion.now),
    }


def _date(at: datetime, pattern: str = ISO, *, tz: str = "UTC") -> str:
    try:
        return written(at.astimezone(ZoneInfo(tz)), pattern)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TemplateError(f"there is no time zone '{tz}'") from error


def fill(text: str, helpers: Mapping[str, Helper], unknown: Callable[[str], None]) -> str:
    """``text`` with its expressions written out; ``unknown`` hears of names that nothing is known of.

    Raises ``TemplateError``.
    """

    def one(found: re.Match[str]) -> str:
        name, _, rest = found[1].partition(" ")
        if name.startswith(("#", "/", ">", "^", "!")):
            raise TemplateError(f"blocks such as '{found[0]}' are not carried out here")
        if name not in helpers:
            unknown(name)
            return ""
        return _called(helpers[name], name, rest)

    return _EXPRESSION.sub(one, text)


def _called(helper: Helper, name: str, rest: str) -> str:
    positional: list[str] = []
    named: dict[str, str] = {}
    for key, single, double, bare in _ARGUMENT.findall(rest):
        if key:
            named[key] = single or double or bare
        else:
            positional.append(single or double or bare)
    try:
        return helper(*positional, **named)
    except TypeError as error:
        raise TemplateError(f"'{{{{{name}}}}}' takes no such arguments: {rest}") from error
