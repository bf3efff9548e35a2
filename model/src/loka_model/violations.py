"""Rows that each table takes, and for each constraint a change to them that it must refuse.

What is here is data: a test tries it on the written models, `loka-migration violate` on what the migrations made. Both
find a constraint that nothing tries.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from loka_model.amounts import MOST_DIFFICULTY, MOST_SATOSHI
from loka_model.models import Base, Distribution, Earning, Miner, Pool, Submission, Worker

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
POOL, OTHER_POOL, MINER, OTHER_MINER, WORKER = (uuid.UUID(int=number) for number in range(1, 6))
NOBODY = uuid.UUID(int=99)
Row = dict[str, object]
ROWS: dict[type[Base], Row] = {
    Pool: {"name": "third", "host": "pool.example", "port": 3333, "username": "u"},
    Miner: {"username": "carol"},
    Worker: {"miner_id": MINER, "pool_id": POOL, "name": "second"},
    Submission: {
        "worker_id": WORKER,
        "pool_id": POOL,
        "job": "1f",
        "difficulty": Decimal("0.001"),
        "verdict": "accepted",
        "submitted_at": NOW,
        "answered_at": NOW,
    },
    Earning: {
        "pool_id": POOL,
        "date": date(2025, 3, 1),
        "reward_satoshi": 5,
        "internal_hashrate": 1,
        "external_hashrate": 1,
    },
    Distribution: {
        "pool_id": POOL,
        "miner_id": MINER,
        "worker_id": WORKER,
        "date": date(2025, 3, 1),
        "reward_satoshi": 5,
        "internal_hashrate": 1,
        "external_hashrate": 1,
    },
}
_EARLIER = NOW - timedelta(days=1)

VIOLATIONS: list[tuple[type[Base], dict[str, object], str]] = [
    (Pool, {"id": POOL}, "pk_pools"),
    (Pool, {"name": "first"}, "uq_pools_name"),
    (Pool, {"name": ""}, "ck_pools_name"),
    (Pool, {"host": ""}, "ck_pools_host"),
    (Pool, {"port": 0}, "ck_pools_port"),
    (Pool, {"port": 65536}, "ck_pools_port"),
    (Pool, {"priority": -1}, "ck_pools_priority"),
    (Miner, {"id": MINER}, "pk_miners"),
    (Miner, {"username": "alice"}, "uq_miners_username"),
    (Worker, {"id": WORKER}, "pk_workers"),
    (Worker, {"name": "rig"}, "uq_workers_pool_id_miner_id_name"),
    (Worker, {"miner_id": NOBODY}, "fk_workers_miner_id"),
    (Worker, {"pool_id": NOBODY}, "fk_workers_pool_id"),
    (Worker, {"created_at": NOW, "last_seen_at": _EARLIER}, "ck_workers_seen_after_creation"),
    (Submission, {"worker_id": NOBODY}, "fk_submissions_worker_id_pool_id"),
    (Submission, {"pool_id": OTHER_POOL}, "fk_submissions_worker_id_pool_id"),
    (Submission, {"difficulty": 0}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": -1}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": MOST_DIFFICULTY + 1}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": Decimal("NaN")}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": Decimal("1e-65")}, "ck_submissions_difficulty_digits"),
    (Submission, {"verdict": "perhaps"}, "ck_submissions_verdict"),
    (Submission, {"reject_reason": "why"}, "ck_submissions_accepted_without_reason"),
    (Submission, {"answered_at": None}, "ck_submissions_answered_with_time"),
    (Submission, {"verdict": "unanswered"}, "ck_submissions_answered_with_time"),
    (Earning, {"pool_id": OTHER_POOL}, "uq_earnings_pool_id_date"),
    (Earning, {"pool_id": NOBODY}, "fk_earnings_pool_id"),
    (Earning, {"reward_satoshi": -1}, "ck_earnings_reward_satoshi"),
    (Earning, {"reward_satoshi": MOST_SATOSHI + 1}, "ck_earnings_reward_satoshi"),
    (Earning, {"internal_hashrate": -1}, "ck_earnings_internal_hashrate"),
    (Earning, {"internal_hashrate": Decimal("NaN")}, "ck_earnings_internal_hashrate"),
    (Earning, {"external_hashrate": -1}, "ck_earnings_external_hashrate"),
    (Distribution, {"worker_id": NOBODY}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"miner_id": OTHER_MINER}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"pool_id": OTHER_POOL}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"date": date(2025, 2, 1)}, "uq_distributions_worker_id_date"),
    (Distribution, {"reward_satoshi": -1}, "ck_distributions_reward_satoshi"),
    (Distribution, {"internal_hashrate": -1}, "ck_distributions_internal_hashrate"),
    (Distribution, {"external_hashrate": Decimal("1e40")}, "ck_distributions_external_hashrate"),
]
"""The model, what is changed in its row, and the constraint that refuses it."""

FARM: list[tuple[type[Base], Row]] = [
    (Pool, ROWS[Pool] | {"id": POOL, "name": "first"}),
    (Pool, ROWS[Pool] | {"id": OTHER_POOL, "name": "second"}),
    (Miner, {"id": MINER, "username": "alice"}),
    (Miner, {"id": OTHER_MINER, "username": "bob"}),
    (Worker, ROWS[Worker] | {"id": WORKER, "name": "rig"}),
    (Earning, ROWS[Earning] | {"pool_id": OTHER_POOL}),
    (Distribution, ROWS[Distribution] | {"date": date(2025, 2, 1)}),
]
"""What must be there before: two pools, two miners and a worker, with an earning and a distribution."""

UNTRIED = frozenset(
    {
        "uq_workers_id_pool_id",
        "uq_workers_id_miner_id_pool_id",
        "pk_submissions",
        "pk_earnings",
        "pk_distributions",
    }
)
"""Constraints that nothing tries: no row can violate the first two before the key of its table, and the others are keys
like those that are tried.
"""

TRIED = frozenset(constraint for *_, constraint in VIOLATIONS)
