"""A proxy's state in, tables for a terminal out."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from loka_stratum.web.status import MinerStatus, PoolStatus, Shares, Status

_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z")
_ROWS = 40


def draw(status: Status) -> RenderableType:
    """All of it."""
    return Group(_headline(status), _pools(status.pools), _miners(status.miners))


def draw_absence(words: str) -> RenderableType:
    """No proxy answers just now."""
    return Text(words, style="red")


def hashrate(hashes: float) -> str:
    """Hashes a second with a prefix.

    >>> hashrate(97_400_000_000_000)
    '97.4 TH/s'
    """
    for prefix in _PREFIXES[:-1]:
        if hashes < 1000:
            return f"{hashes:.3g} {prefix}H/s"
        hashes /= 1000
    return f"{hashes:.3g} {_PREFIXES[-1]}H/s"


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(93_784)
    '1d 2h'
    """
    whole = int(seconds)
    for size, unit, smaller, smaller_unit in ((86_400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // smaller}{smaller_unit}"
    return f"{whole}s"


def _headline(status: Status) -> RenderableType:
    line = Text.assemble(
        (f"Loka Stratum {status.version}", "bold"),
        f"  up {duration(status.uptime_seconds)}",
        ("  draining" if status.draining else "", "yellow"),
        f"  {hashrate(status.hashrate)}",
        f"  {status.connections} connected",
        f"  {status.shares_per_minute} shares/min, {status.acceptance:.1%} accepted",
    )
    if status.banned:
        line.append(f"  {status.banned} banned", "yellow")
    storage = status.storage
    if storage is None:
        line.append("  shares are not stored", "yellow")
    elif storage.away is not None:
        line.append(f"  database away, {storage.waiting} shares wait", "red")
    return line


def _pools(pools: list[PoolStatus]) -> Table:
    table = Table(title="Pools", title_justify="left", expand=True)
    for heading in ("pool", "address", "priority", "state", "miners"):
        table.add_column(heading, justify="right" if heading in {"priority", "miners"} else "left")
    for pool in pools:
        state, style = _pool_state(pool)
        table.add_row(
            escape(pool.name), escape(pool.address), str(pool.priority), Text(state, style=style), str(pool.miners)
        )
    return table


def _pool_state(pool: PoolStatus) -> tuple[str, str]:
    if pool.answers is None:
        return "not asked yet", "dim"
    if pool.answers:
        return f"answers for {duration(pool.since_seconds)}", "green"
    return f"away for {duration(pool.since_seconds)}: {pool.error or 'unknown'}", "red"


def _miners(miners: list[MinerStatus]) -> Table:
    shown = sorted(miners, key=lambda miner: miner.hashrate, reverse=True)[:_ROWS]
    more = f" (the first {_ROWS} of {len(miners)})" if len(miners) > _ROWS else ""
    table = Table(title=f"Miners{more}", title_justify="left", expand=True)
    for heading in ("worker", "address", "pool", "difficulty", "hashrate", "accepted", "refused", "connected"):
        table.add_column(heading, justify="left" if heading in {"worker", "address", "pool"} else "right")
    for miner in shown:
        table.add_row(
            escape(", ".join(miner.workers) or "-"),
            escape(miner.address),
            escape(miner.pool or "-"),
            miner.difficulty or "-",
            hashrate(miner.hashrate),
            str(miner.shares.accepted),
            _refused(miner.shares),
            duration(miner.connected_seconds),
        )
    return table


def _refused(shares: Shares) -> str:
    count = shares.rejected + shares.stale + shares.duplicate
    return f"{count} ({shares.stale} stale)" if shares.stale else str(count)
