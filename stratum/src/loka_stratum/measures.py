"""Every metric of the proxy, named in one place. Counting happens on the registry that the web page shows, and no
other.
"""

from __future__ import annotations

from loka_metrics import Registry
from loka_stratum.shares import Verdict

USERS_SHOWN = 100
"""Users with metrics of their own; the rest are counted in all only, so that names can't fill the memory."""
_LATENCY_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_ANSWER_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_DURATION_BUCKETS = (1.0, 10.0, 60.0, 600.0, 3600.0, 21_600.0, 86_400.0, 604_800.0)


class Measures:
    """The proxy's metrics, made once."""

    def __init__(self, registry: Registry) -> None:
        count, gauge = registry.counter, registry.gauge
        self.registry = registry
        self.connections_total = count("stratum_total_connections", "Miners' connections taken.")
        self.connections = gauge("stratum_active_connections", "Miners connected.")
        self.connections_refused = count(
            "stratum_connection_errors", "Miners' connections refused, by reason.", ("reason",)
        )
        self.connection_seconds = registry.histogram(
            "stratum_connection_duration_seconds", "How long miners' connections lasted.", _DURATION_BUCKETS
        )
        self.http_connects = count("stratum_http_connect_requests_total", "HTTP CONNECT requests on the mining port.")
        self.miner_messages = count("stratum_messages_received", "Messages, by who sent them.", ("side",)).labels(
            "miner"
        )
        self.pool_messages = count("stratum_messages_received", "Messages, by who sent them.", ("side",)).labels("pool")
        shares = count("stratum_share_submissions_total", "Shares, by what became of them.", ("result",))
        self.shares = {verdict: shares.labels(verdict.value) for verdict in Verdict}
        self.shares_refused = count("stratum_shares_refused_total", "Shares refused since they couldn't be kept.")
        self.acceptance = gauge("stratum_share_acceptance_rate", "Accepted shares of all answered ones, 0 to 1.")
        self.shares_per_minute = gauge("stratum_shares_per_minute", "Accepted shares in the last full minute.")
        self.hashrate = gauge(
            "stratum_hashrate", "Hashes a second that the accepted shares of the last minutes stand for."
        )
        self.difficulty_changes = count("stratum_difficulty_adjustments_total", "Difficulties set by pools.")
        self.difficulty = gauge("stratum_current_difficulty", "The difficulty set last.")
        self.jobs = count("stratum_jobs_total", "Jobs given to miners.")
        self.job_latency = registry.histogram(
            "stratum_job_distribution_latency_seconds",
            "From a pool's bytes with a job to its sending to the miner.",
            _LATENCY_BUCKETS,
        )
        self.answer_latency = registry.histogram(
            "stratum_share_answer_seconds", "From a share's going to the pool to the pool's answer.", _ANSWER_BUCKETS
        )
        self.auth_attempts = count("stratum_auth_attempts_total", "Names that miners asked to authorize.")
        self.auth_successes = count("stratum_auth_successes_total", "Names that a pool accepted.")
        self.auth_failures = count("stratum_auth_failures_total", "Names that were refused.")
        self.parse_errors = count("stratum_protocol_parse_errors_total", "Lines that are no message.", ("side",))
        self.invalid = count("stratum_validation_errors_total", "Messages with wrong contents.", ("side",))
        self.violations = count("stratum_security_violations_total", "What connections were cut off for.", ("kind",))
        self.rate_limited = count("stratum_rate_limit_hits_total", "Times a limit was reached.", ("limit",))
        self.bans = gauge("stratum_banned_addresses", "Addresses that are banned.")
        self.timeouts = count(
            "stratum_timeout_errors_total", "Waits that ended without what was waited for.", ("kind",)
        )
        self.pool_errors = count("stratum_network_errors_total", "Failures of connections to pools.", ("pool",))
        self.reconnections = count("stratum_reconnection_attempts_total", "Connections to pools tried.", ("pool",))
        self.moves = count("stratum_pool_moves_total", "Miners given another pool's work, by how.", ("how",))
        self.pool_up = gauge("stratum_pool_up", "Whether the pool answers.", ("pool",))
        self.pool_miners = gauge("stratum_pool_miners", "Miners whose work is the pool's.", ("pool",))
        self.memory = gauge("stratum_memory_bytes", "Resident memory of the process.")
        self.cpu = gauge("stratum_cpu_seconds", "Processor time the process has used.")
        self.user_shares = count("stratum_user_shares_total", "Shares of a user, by result.", ("user", "result"))
        self.user_hashrate = gauge("stratum_user_hashrate", "Hashes a second of a user.", ("user",))
        self.user_connections = gauge("stratum_user_connections", "Connections of a user.", ("user",))
        self.user_bytes = count("stratum_user_bytes_total", "Bytes of a user, by direction.", ("user", "direction"))


class StorageMeasures:
    """The metrics of the database and the journal, made only where shares are stored: nobody is told of a database that
    is down where there is none.
    """

    def __init__(self, registry: Registry) -> None:
        gauge = registry.gauge
        self.database_up = gauge("stratum_database_up", "Whether the database answers.")
        self.shares_waiting = gauge("stratum_shares_waiting", "Shares that are kept on disk and not stored yet.")
        self.journal_bytes = gauge("stratum_journal_bytes", "What the journal takes of the disk.")
        self.journal_limit = gauge("stratum_journal_limit_bytes", "What the journal may take of the disk.")
