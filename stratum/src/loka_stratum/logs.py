"""Log lines for people or as JSON, one event a line, to standard error. Secrets are masked wherever they turn up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from loka_stratum.configuration.settings import Configuration, Log

_LEAST_SECRET = 4
"""Shorter secrets are not masked: they would turn up in every other word."""


def set_up(settings: Log, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Write the logs of this process, from ``settings.level`` on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    masked = sorted({secret for secret in secrets if len(secret) >= _LEAST_SECRET}, key=len, reverse=True)
    handler.setFormatter(JsonLines(masked) if settings.format == "json" else TextLines(masked))
    root = logging.getLogger("loka_stratum")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(settings.level.upper())
    asyncio_log = logging.getLogger("asyncio")
    asyncio_log.handlers[:] = [handler]
    asyncio_log.propagate = False


def secrets_of(configuration: Configuration) -> list[str]:
    """Every secret in a configuration."""
    return [
        secret.reveal() for secret in (configuration.database.url, *(pool.password for pool in configuration.pools))
    ]


class TextLines(logging.Formatter):
    """``2026-01-31T10:20:30.123Z warning proxy.pools: pool main does not answer``."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """A record as lines; all but the first belong to a trace."""
        topic = record.name.removeprefix("loka_stratum.")
        line = f"{_time(record)} {record.levelname.lower()} {topic}: {_one_line(record.getMessage())}"
        return mask(line + self.trace(record), self._secrets)

    def trace(self, record: logging.LogRecord) -> str:
        """The trace of an error, if there is one."""
        return "\n" + self.formatException(record.exc_info) if record.exc_info else ""


class JsonLines(TextLines):
    """One JSON object a line: at, level, topic, message, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as one line."""
        entry: dict[str, Any] = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "topic": record.name.removeprefix("loka_stratum."),
            "message": mask(record.getMessage(), self._secrets),
        }
        if record.exc_info:
            entry["trace"] = mask(self.trace(record).strip(), self._secrets)
        return msgspec.json.encode(entry).decode()


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    """What others sent can't begin a line of its own."""
    return text if text.isprintable() else "".join(part if part.isprintable() else repr(part)[1:-1] for part in text)
