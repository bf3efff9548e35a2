"""How the store is set up: plain data, filled in by whoever reads the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from loka_stratum.storage.errors import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDefinition:
    """A pool as the configuration has it; the row in `pools` follows it. Raises ``StorageError`` if no row can."""

    name: str
    host: str
    port: int
    username: str
    password: str = field(default="", repr=False)
    user_separator: str = "."
    worker_separator: str = "_"
    priority: int = 0
    """The smallest is tried first."""

    def __post_init__(self) -> None:
        """Check what the table checks.

        A row that is refused later would keep every share of the pool from being stored.
        """
        lengths = {
            "name": 255,
            "host": 255,
            "username": 255,
            "password": 255,
            "user_separator": 8,
            "worker_separator": 8,
        }
        for field_name, most in lengths.items():
            text: str = getattr(self, field_name)
            if len(text) > most or "\0" in text:
                raise StorageError(f"pool {self.name!r}: {field_name} is longer than {most} characters, or has a NUL")
        if not self.name or not self.host:
            raise StorageError(f"pool {self.name!r}: name and host can't be empty")
        if not 1 <= self.port <= 65535 or not 0 <= self.priority < 2**31:
            raise StorageError(f"pool {self.name!r}: port is 1 to 65535, priority 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where and how shares are kept. Sizes are bytes."""

    folder: Path
    """The journal's; several processes may share it."""
    dsn: str = field(repr=False)
    """As asyncpg takes it: `DatabaseAddress.dsn`."""
    pools: tuple[PoolDefinition, ...] = ()
    most_bytes: int = 1 << 30
    """What the journal may take of the disk. Beyond it new shares are refused."""
    segment_bytes: int = 16 << 20
    """A file of the journal; whole files are removed as their shares are stored."""
    most_outstanding: int = 50_000
    """Shares without an answer at one time."""
    linger_seconds: float = 0.2
    """How long a share waits for others that are stored with it."""
    most_delay_seconds: float = 5.0
    """Between two attempts while the database is away."""
    connect_seconds: float = 5.0
    statement_seconds: float = 30.0
    """A statement that takes longer counts as a database that is away."""
    seen_seconds: float = 30.0
    """How far behind a worker's `last_seen_at` may be."""
    drain_seconds: float = 10.0
    """How long closing waits for the database; what is left then is stored at the next start."""
