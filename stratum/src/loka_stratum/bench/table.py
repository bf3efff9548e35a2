"""Measurements in, lines for people out: the relay and the proxy beside each other, and what the proxy adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from loka_stratum.bench.measuring import Measured, added_milliseconds, share_of_limit

HEAD = "         miners  shares/s   p50 ms   p99 ms    CPU  us/share      MB  KB/miner"


def lines_of(relays: Sequence[Measured], proxies: Sequence[Measured], *, paced: bool) -> Iterator[str]:
    """A table of all rounds, and what follows. Without a pace, latency is the queue's length and is not compared."""
    yield HEAD
    for relay, proxy in zip(relays, proxies, strict=True):
        yield row(relay)
        yield row(proxy)
    yield f"the proxy, {proxies[0].form}, passes {share_of_limit(relays, proxies):.0%} of what the relay does"
    p50, p99 = added_milliseconds(relays, proxies)
    dearer = median(proxy.microseconds_per_share for proxy in proxies) / median(
        relay.microseconds_per_share for relay in relays
    )
    if paced:
        yield f"it adds {p50:.2f} ms (p99 {p99:.2f} ms)"
    yield f"a share costs {dearer:.1f} times the relay's processor time"


def row(each: Measured) -> str:
    """One measurement."""
    result = each.result
    return (
        f"{each.what:8} {each.miners:6d} {result.shares_per_second:9.0f} {result.p50_milliseconds:8.2f} "
        f"{result.p99_milliseconds:8.2f} {each.cpu_share:6.1%} {each.microseconds_per_share:9.1f} "
        f"{each.memory_bytes / 1e6:7.1f} {each.memory_per_miner_bytes / 1e3:9.1f}"
    )
