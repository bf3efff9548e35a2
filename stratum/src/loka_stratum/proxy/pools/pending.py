"""What was sent to a pool and is not answered yet: a miner's share, a miner's request, or a step of the handshake."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from loka_stratum.proxy.pools.handshake import Step
from loka_stratum.proxy.pools.worker import Worker


class PendingShare(Struct, gc=False):
    """A share on its way: of it only what its answer needs. ``asked_at`` is monotonic seconds, here and below."""

    miner_id: bytes
    asked_at: float
    share: UUID
    difficulty: Decimal
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
