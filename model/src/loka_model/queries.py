"""The named queries: what the farm asks of its tables, as statements that any session can run.

A window is `since <= time < until`. Each docstring names the index that carries the query; a test reads the plans.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import ColumnElement, Numeric, Select, cast, func, select

from loka_model.rewards import Earning
from loka_model.submissions import Submission


def shares_per_worker_per_hour(
    since: dt.datetime, until: dt.datetime, *, worker: uuid.UUID | None = None
) -> Select[uuid.UUID, dt.datetime, int, int]:
    """`worker_id`, `hour` (UTC), `accepted` and `submitted` shares; every worker's, or one's.

    Carried by `ix_submissions_submitted_at`; one worker's by `ix_submissions_worker_id_submitted_at`.
    """
    hour = func.date_trunc("hour", Submission.submitted_at, "UTC").label("hour")
    statement = (
        select(
            Submission.worker_id,
            hour,
            func.count().filter(Submission.valid).label("accepted"),
            func.count().label("submitted"),
        )
        .where(_within(since, until))
        .group_by(Submission.worker_id, hour)
        .order_by(Submission.worker_id, hour)
    )
    return statement if worker is None else statement.where(Submission.worker_id == worker)


def hashrate(
    since: dt.datetime,
    until: dt.datetime,
    *,
    worker: uuid.UUID | None = None,
    pool: uuid.UUID | None = None,
) -> Select[Decimal]:
    """Hashes per second over the window: the hashes of accepted shares through its length. Zero if there were none.

    Carried by `ix_submissions_submitted_at`; one worker's by `ix_submissions_worker_id_submitted_at`.
    """
    statement = select(_rate(since, until)).where(_within(since, until), Submission.valid)
    if worker is not None:
        statement = statement.where(Submission.worker_id == worker)
    return statement if pool is None else statement.where(Submission.pool_id == pool)


def hashrate_per_worker(since: dt.datetime, until: dt.datetime) -> Select[uuid.UUID, Decimal]:
    """`worker_id` and its `hashrate` in hashes per second, the fastest first.

    Carried by `ix_submissions_submitted_at`.
    """
    rate = _rate(since, until)
    return (
        select(Submission.worker_id, rate)
        .where(_within(since, until), Submission.valid)
        .group_by(Submission.worker_id)
        .order_by(rate.desc(), Submission.worker_id)
    )


def earnings_per_day(since: dt.date, until: dt.date, *, pool: uuid.UUID | None = None) -> Select[dt.date, Decimal]:
    """`date` and `reward_satoshi` of every pool together, or of one; days without earnings are absent.

    Carried by `ix_earnings_date`; one pool's by `uq_earnings_pool_id_date`.
    """
    statement = (
        select(Earning.date, cast(func.sum(Earning.reward_satoshi), Numeric()).label("reward_satoshi"))
        .where(Earning.date >= since, Earning.date < until)
        .group_by(Earning.date)
        .order_by(Earning.date)
    )
    return statement if pool is None else statement.where(Earning.pool_id == pool)


def _within(since: dt.datetime, until: dt.datetime) -> ColumnElement[bool]:
    return (Submission.submitted_at >= since) & (Submission.submitted_at < until)


def _rate(since: dt.datetime, until: dt.datetime) -> ColumnElement[Decimal]:
    seconds = Decimal(str((until - since).total_seconds()))
    if seconds <= 0:
        raise ValueError(f"a window must end after it begins: {since.isoformat()} to {until.isoformat()}")
    return (func.coalesce(func.sum(Submission.hashes), 0) / cast(seconds, Numeric())).label("hashrate")
