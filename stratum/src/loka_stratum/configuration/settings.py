"""Every setting there is: its name, kind, default and meaning. The example, the errors and the reference come from
here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from loka_stratum.configuration.kinds import Choice, Hidden, Kind, Network, Networks, Number, Place, Switch, Text
from loka_stratum.configuration.values import Endpoint, Secret

_DAY = 86_400
REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a setting besides its name. ``default`` is as TOML has it; ``example`` stands in for a
    required one.
    """

    kind: Kind
    default: Any
    help: str
    example: Any = None


def setting(kind: Kind, default: Any, meaning: str, example: Any = None) -> Any:  # noqa: ANN401 (dataclasses.field's own way)
    """A field of a section."""
    described = Described(kind, default, meaning, example)
    if default is REQUIRED:
        return field(metadata={"described": described})
    return field(default=kind.read(default), metadata={"described": described})


def described(section: type) -> dict[str, Described]:
    """The settings of a section by name, in order."""
    return {each.name: each.metadata["described"] for each in fields(section)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where miners connect."""

    bind: Endpoint = setting(Place(lowest_port=0), "0.0.0.0:3333", "Where miners connect.")
    tls_bind: Endpoint | None = setting(
        Place(optional=True, lowest_port=0), "", "Where miners connect with TLS; empty: nowhere."
    )
    tls_certificate: str = setting(Text(empty=True), "", "The certificate chain for tls_bind, a PEM file.")
    tls_key: str = setting(Text(empty=True), "", "Its private key, a PEM file.")
    proxy_header_from: tuple[Network, ...] = setting(
        Networks(),
        [],
        "Networks of balancers that begin each connection with a PROXY header (1 or 2), before TLS; others mustn't.",
    )
    drain_timeout: float = setting(
        Number(0, 600, "seconds", fraction=True), 10, "How long SIGTERM waits for answers to shares on their way."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where health, status and metrics are served."""

    bind: Endpoint = setting(
        Place(lowest_port=0), "0.0.0.0:9090", "Where /health, /status and /metrics/prometheus are served."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where shares are stored."""

    url: Secret = setting(
        Hidden(),
        "",
        "postgres://USER:PASSWORD@HOST:5432/NAME; DATABASE_URL wins over it.",
    )
    journal: str = setting(Text(), "shares", "The folder that keeps shares until the database has them.")
    journal_limit: int = setting(
        Number(1 << 20, 1 << 50, "bytes"), 1 << 30, "What it may take; beyond it new shares are refused."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One pool. Several may be given; the smallest priority that answers is used."""

    name: str = setting(Text(limit=64), REQUIRED, "What it is called in logs, metrics and the database.", "main")
    address: Endpoint = setting(Place(), REQUIRED, "Where it listens.", "127.0.0.1:3334")
    tls: bool = setting(Switch(), default=False, meaning="Whether it speaks TLS.")
    tls_verify: bool = setting(Switch(), default=True, meaning="Whether its certificate is checked.")
    tls_authority: str = setting(Text(empty=True), "", "A PEM file of the authorities to trust; empty: the system's.")
    username: str = setting(Text(empty=True), "", "Its user; empty: the miner's own name is used as it is.", "POOLUSER")
    password: Secret = setting(Hidden(), "", "Its password; empty: the miner's own.")
    user_separator: str = setting(Text(limit=8), ".", "Between the pool's user and the miner's.")
    worker_separator: str = setting(Text(limit=8), "_", "Between the miner's user and its worker.")
    priority: int = setting(Number(0, 1000), 0, "The smallest is tried first.")
    active: bool = setting(Switch(), default=True, meaning="Whether it is used.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """When another pool is taken, and when the first is taken again."""

    connect_timeout: float = setting(Number(0.05, 300, "seconds", fraction=True), 10, "For a connection to a pool.")
    answer_timeout: float = setting(
        Number(0.05, 600, "seconds", fraction=True), 30, "For a pool's answer; then the pool counts as gone."
    )
    silence_timeout: float = setting(
        Number(0.05, 3600, "seconds", fraction=True), 300, "A pool that says nothing for this long counts as gone."
    )
    retry_shortest: float = setting(
        Number(0.01, 600, "seconds", fraction=True), 1, "Until a pool that failed is tried again."
    )
    retry_longest: float = setting(
        Number(0.01, 3600, "seconds", fraction=True), 5, "The wait doubles up to this; so late may a return be noticed."
    )
    check_interval: float = setting(
        Number(0.05, 3600, "seconds", fraction=True), 15, "How often a pool is asked whether it answers."
    )
    return_after: float = setting(
        Number(0, 3600, "seconds", fraction=True), 30, "How long a better pool must answer before miners return to it."
    )
    return_rate: float = setting(Number(0.1, 10_000, "miners a second", fraction=True), 50, "How fast they return.")
    follow_reconnect: str = setting(
        Choice(("same-domain", "never", "always")),
        "same-domain",
        "Whether a pool's client.reconnect to another host is followed.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one miner, one address and all together may take."""

    connections: int = setting(Number(1, 1_000_000), 1000, "Connections in all.")
    connections_per_address: int = setting(Number(1, 1_000_000), 256, "Connections of one address.")
    messages_per_second: float = setting(
        Number(0.1, 1_000_000, fraction=True), 50, "Messages of one connection, on average."
    )
    message_burst: int = setting(Number(1, 1_000_000), 200, "Messages of one connection at once.")
    line_length: int = setting(Number(256, 1_048_576, "bytes"), 16_384, "The longest line of a miner.")
    pool_line_length: int = setting(Number(4096, 67_108_864, "bytes"), 4_194_304, "The longest line of a pool.")
    write_buffer: int = setting(
        Number(1024, 67_108_864, "bytes"), 262_144, "What may wait for one that reads slowly; beyond it, it is cut off."
    )
    requests_pending: int = setting(Number(1, 100_000), 512, "Requests of one miner that the pool has not answered.")
    workers_per_connection: int = setting(Number(1, 10_000), 64, "Names that one connection may authorize.")
    handshake_timeout: float = setting(
        Number(0.05, 600, "seconds", fraction=True), 30, "Until a new connection must have asked for work."
    )
    idle_timeout: float = setting(
        Number(0.05, _DAY, "seconds", fraction=True), 600, "A miner that says nothing for this long is cut off."
    )
    malformed_lines: int = setting(Number(1, 1_000_000), 10, "Malformed lines until a connection is cut off.")
    offences: int = setting(
        Number(1, 1_000_000), 5, "Times that an address is cut off within ban_duration until it is banned."
    )
    ban_duration: float = setting(Number(0, 30 * _DAY, "seconds", fraction=True), 600, "How long; 0: never.")
    bans: int = setting(Number(1, 1_000_000), 10_000, "Addresses remembered; the oldest are forgotten.")
    trusted: tuple[Network, ...] = setting(Networks(), [], "Networks that are never banned.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What is written to standard error."""

    level: str = setting(Choice(("debug", "info", "warning", "error")), "info", "From where on.")
    format: str = setting(Choice(("text", "json")), "text", "For people, or a line of JSON each.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All settings of a proxy."""

    server: Server = field(default_factory=Server)
    web: Web = field(default_factory=Web)
    database: Database = field(default_factory=Database)
    pools: tuple[Pool, ...] = ()
    """At least one; in the order in which they are tried."""
    failover: Failover = field(default_factory=Failover)
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=Log)


SECTIONS: dict[str, type] = {
    "server": Server,
    "web": Web,
    "database": Database,
    "pools": Pool,
    "failover": Failover,
    "limits": Limits,
    "log": Log,
}
LISTS = frozenset({"pools"})
"""Sections that are written ``[[pools]]``, once for each."""
