"""What was sent to a pool and is not answered yet: a miner's share, a miner's request, or a step of the handshake."""

from __future__ import annotations

from msgspec import Struct

from loka_stratum.proxy.handshake import Step, Worker
from loka_stratum.shares import Share


class PendingShare(Struct, gc=False):
    """A share on its way. ``asked_at`` is monotonic seconds, here and below."""

    miner_id: bytes
    asked_at: float
    share: Share
    worker: Worker


class PendingRequest(Struct, gc=False):
    """A request that is passed on as it is."""

    miner_id: bytes
    asked_at: float
    method: str


class PendingStep(Struct, gc=False):
    """A step of the handshake."""

    asked_at: float
    step: Step


Pending = PendingShare | PendingRequest | PendingStep
