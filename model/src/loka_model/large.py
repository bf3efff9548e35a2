"""A large data set, made by the server itself: a statement for each table, in the order in which they can be filled."""

from __future__ import annotations

LARGE = {
    "pools": """
        INSERT INTO pools (name, host, port, username) SELECT 'pool ' || n, 'h', 1, 'u' FROM generate_series(1, 1000) n
    """,
    "miners": "INSERT INTO miners (username) SELECT 'miner ' || n FROM generate_series(1, 5000) n",
    "workers": """
        INSERT INTO workers (miner_id, pool_id, name)
        SELECT m.id, p.id, '' FROM miners m CROSS JOIN pools p WHERE p.name = 'pool 1'
    """,
    "submissions": """
        INSERT INTO submissions (worker_id, pool_id, job, difficulty, verdict, submitted_at, answered_at)
        SELECT w.id, w.pool_id, '1', 1024, 'accepted', at, at
        FROM workers w, generate_series('2025-03-01'::timestamptz, '2025-03-02', '72 minutes') at
    """,
    "earnings": """
        INSERT INTO earnings (pool_id, date, reward_satoshi, internal_hashrate, external_hashrate)
        SELECT id, day, 1, 1, 1 FROM pools, generate_series('2024-12-01'::date, '2025-03-01', '1 day') day
    """,
    "distributions": """
        INSERT INTO distributions (pool_id, miner_id, worker_id, date, reward_satoshi, internal_hashrate,
                                   external_hashrate)
        SELECT pool_id, miner_id, id, day, 1, 1, 1
        FROM workers, generate_series('2025-02-27'::date, '2025-03-01', '1 day') day
    """,
}
"""1,000 pools, 5,000 miners with a worker each, 105,000 shares, 91,000 earnings, 15,000 distributions."""
