"""What was sent to a pool and is not answered yet: a miner's share, a miner's request, or a step of the handshake."""

from __future__ import annotations

from dataclasses import dataclass

from loka_stratum.proxy.handshake import Step, Worker
from loka_stratum.shares import Share


@dataclass(slots=True)
class PendingShare:
    """A share on its way. ``asked_at`` is monotonic seconds, here and below."""

    miner_id: bytes
    asked_at: float
    share: Share
    worker: Worker


@dataclass(slots=True)
class PendingRequest:
    """A request that is passed on as it is."""

    miner_id: bytes
    asked_at: float
    method: str


@dataclass(slots=True)
class PendingStep:
    """A step of the handshake."""

    asked_at: float
    step: Step


Pending = PendingShare | PendingRequest | PendingStep
