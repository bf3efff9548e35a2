"""What each user and all together have done: verdicts in; counts, hashrates and metrics by user (bounded in number)
out.
"""

from __future__ import annotations

from loka_stratum.measures import USERS_SHOWN, Measures
from loka_stratum.proxy.house.tally import Tally
from loka_stratum.shares import Verdict


class Account(Tally):
    """One user's counts. It is shared by all of the user's connections."""

    __slots__ = ("bytes_in", "bytes_out", "connections", "user")

    def __init__(self, user: str) -> None:
        super().__init__()
        self.user = user
        self.connections = 0
        self.bytes_in = 0
        self.bytes_out = 0


class Accounts:
    """Users that are connected or were, at most ``capacity`` (and those that are connected)."""

    def __init__(self, measures: Measures, capacity: int = 10_000) -> None:
        self._measures = measures
        self._shares = measures.shares
        self._accepted = measures.shares[Verdict.ACCEPTED]
        self._capacity = capacity
        self._by_user: dict[str, Account] = {}
        self._shown: dict[str, dict[Verdict, int]] = {}
        self._minute = 0
        self._minute_ends = 0.0
        self._in_minute = 0
        self._in_last_minute = 0

    def of(self, user: str) -> Account:
        """The account of a user."""
        account = self._by_user.get(user)
        if account is None:
            if len(self._by_user) >= self._capacity:
                self._forget_one()
            account = self._by_user[user] = Account(user)
        return account

    def accept(self, account: Account, difficulty: float, now: float) -> None:
        """Note an accepted share."""
        account.accept(difficulty, now)
        self._accepted.inc()
        if now >= self._minute_ends:
            self._turn_minute(now)
        self._in_minute += 1

    def refuse(self, account: Account, verdict: Verdict) -> None:
        """Note what became of any other."""
        account.refuse(verdict)
        self._shares[verdict].inc()

    def shares_last_minute(self, now: float) -> int:
        """Accepted shares in the last full minute."""
        self._turn_minute(now)
        return self._in_last_minute

    def verdicts(self) -> dict[Verdict, int]:
        """What became of all shares, as the metrics have it."""
        return {verdict: int(count.value) for verdict, count in self._shares.items()}

    def hashrate(self, now: float) -> float:
        """Hashes a second of all users."""
        return sum(account.hashrate(now) for account in self._by_user.values())

    def acceptance(self) -> float:
        """Accepted of all answered shares; 1 before the first."""
        verdicts = self.verdicts()
        answered = sum(verdicts.values()) - verdicts[Verdict.UNANSWERED]
        return verdicts[Verdict.ACCEPTED] / answered if answered else 1.0

    def publish(self, now: float) -> None:
        """Bring the metrics by user and of the whole to now. Called when they are read, not with each share."""
        measures = self._measures
        measures.hashrate.set(self.hashrate(now))
        measures.acceptance.set(self.acceptance())
        measures.shares_per_minute.set(self.shares_last_minute(now))
        for account in self._by_user.values():
            if account.user in self._shown or len(self._shown) < USERS_SHOWN:
                self._publish_user(account, now)

    def _publish_user(self, account: Account, now: float) -> None:
        measures, user = self._measures, account.user
        counted = self._shown.setdefault(user, {})
        for verdict, count in account.verdicts.items():
            measures.user_shares.labels(user, verdict.value).inc(count - counted.get(verdict, 0))
            counted[verdict] = count
        for direction, total in (("in", account.bytes_in), ("out", account.bytes_out)):
            counter = measures.user_bytes.labels(user, direction)
            counter.inc(total - counter.value)
        measures.user_hashrate.labels(user).set(account.hashrate(now))
        measures.user_connections.labels(user).set(account.connections)

    def _turn_minute(self, now: float) -> None:
        minute = int(now) // 60
        if minute != self._minute:
            self._in_last_minute = self._in_minute if minute == self._minute + 1 else 0
            self._minute, self._in_minute = minute, 0
            self._minute_ends = (minute + 1) * 60.0

    def _forget_one(self) -> None:
        """Make room: the oldest account without a connection and without metrics of its own goes."""
        for user, account in self._by_user.items():
            if not account.connections and user not in self._shown:
                del self._by_user[user]
                return
