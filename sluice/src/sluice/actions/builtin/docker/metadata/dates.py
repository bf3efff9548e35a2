"""Dates in the format of Moment.js, which the action's ``{{date}}`` takes (momentjs.com/docs: format). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

_TOKEN = re.compile(
    r"\[([^\]]*)\]|YYYY|YY|Q|MMMM|MMM|MM|M|DDDD|DDD|DD|D|dddd|ddd|E|WW|W|GGGG|HH|H|hh|h|mm|m|ss|s|SSS|A|a|ZZ|Z|X|x"
)
_WRITERS: Mapping[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "Q": lambda at: str((at.month + 2) // 3),
    "MMMM": lambda at: at.strftime("%B"),
    "MMM": lambda at: at.strftime("%b"),
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DDDD": lambda at: at.strftime("%j"),
    "DDD": lambda at: str(at.timetuple().tm_yday),
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "dddd": lambda at: at.strftime("%A"),
    "ddd": lambda at: at.strftime("%a"),
    "E": lambda at: str(at.isoweekday()),
    "WW": lambda at: f"{at.isocalendar().week:02}",
    "W": lambda at: str(at.isocalendar().week),
    "GGGG": lambda at: f"{at.isocalendar().year:04}",
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "h": lambda at: str(at.hour % 12 or 12),
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
    "A": lambda at: "PM" if at.hour >= 12 else "AM",
    "a": lambda at: "pm" if at.hour >= 12 else "am",
    "ZZ": lambda at: at.strftime("%z"),
    "Z": lambda at: f"{at.strftime('%z')[:3]}:{at.strftime('%z')[3:5]}",
    "X": lambda at: str(int(at.timestamp())),
    "x": lambda at: str(int(at.timestamp() * 1000)),
}
ISO = "YYYY-MM-DDTHH:mm:ssZ"
"""What Moment.js writes when no format is asked for."""


def written(at: datetime, pattern: str = ISO) -> str:
    """The time in that format; what is no token and what stands in ``[brackets]`` is kept as it is."""
    return _TOKEN.sub(lambda found: found[1] if found[1] is not None else _WRITERS[found[0]](at), pattern)
