"""The kinds of values that settings have: each reads a TOML value or a variable's text, and says what it allows."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Protocol

from loka_stratum.configuration.values import Endpoint, Secret

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(Protocol):
    """How a setting's value is read."""

    @property
    def allowed(self) -> str:
        """What may stand there, in words."""

    def read(self, value: object) -> Any:  # noqa: ANN401 (each kind has its own type)
        """The setting of a TOML value. Raises ``ValueError``."""

    def read_text(self, text: str) -> Any:  # noqa: ANN401 (each kind has its own type)
        """The setting of a variable's text. Raises ``ValueError``."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in bounds, whole unless ``fraction``."""

    lowest: float
    highest: float
    unit: str = ""
    fraction: bool = False

    @property
    def allowed(self) -> str:
        noun = "a number" if self.fraction else "a whole number"
        unit = f" of {self.unit}" if self.unit else ""
        return f"{noun}{unit} from {self.lowest:g} to {self.highest:.15g}"

    def read(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(self.allowed)
        if not self.lowest <= value <= self.highest or not (self.fraction or isinstance(value, int)):
            raise ValueError(self.allowed)
        return float(value) if self.fraction else value

    def read_text(self, text: str) -> float:
        try:
            return self.read(float(text) if self.fraction else int(text))
        except ValueError:
            raise ValueError(self.allowed) from None


@dataclass(frozen=True, slots=True)
class Text:
    """A text, one line, bounded."""

    empty: bool = False
    limit: int = 255

    @property
    def allowed(self) -> str:
        return f"a text of {0 if self.empty else 1} to {self.limit} characters on one line"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.limit or not (value or self.empty):
            raise ValueError(self.allowed)
        if value and not value.isprintable():
            raise ValueError(self.allowed)
        return value

    def read_text(self, text: str) -> str:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.words)

    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(self.allowed)
        return value

    def read_text(self, text: str) -> str:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    @property
    def allowed(self) -> str:
        return "true or false"

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(self.allowed)
        return value

    def read_text(self, text: str) -> bool:
        words = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if text.strip().lower() not in words:
            raise ValueError(self.allowed)
        return words[text.strip().lower()]


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port; with ``optional``, an empty text is no place."""

    optional: bool = False
    lowest_port: int = 1

    @property
    def allowed(self) -> str:
        return "host:port" + (", or empty" if self.optional else "")

    def read(self, value: object) -> Endpoint | None:
        if not isinstance(value, str):
            raise ValueError(self.allowed)
        if self.optional and not value:
            return None
        return Endpoint.parse(value, lowest_port=self.lowest_port)

    def read_text(self, text: str) -> Endpoint | None:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret text."""

    limit: int = 1024

    @property
    def allowed(self) -> str:
        return f"a text of at most {self.limit} characters on one line"

    def read(self, value: object) -> Secret:
        if not isinstance(value, str) or len(value) > self.limit or (value and not value.isprintable()):
            raise ValueError(self.allowed)
        return Secret(value)

    def read_text(self, text: str) -> Secret:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Networks:
    """A list of networks; in a variable they are separated by commas."""

    @property
    def allowed(self) -> str:
        return 'a list of networks, such as ["10.0.0.0/8", "::1/128"]'

    def read(self, value: object) -> tuple[Network, ...]:
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise ValueError(self.allowed)
        try:
            return tuple(ipaddress.ip_network(part.strip()) for part in value)
        except ValueError:
            raise ValueError(self.allowed) from None

    def read_text(self, text: str) -> tuple[Network, ...]:
        return self.read([part for part in text.split(",") if part.strip()])
