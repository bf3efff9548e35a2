"""A share ledger for tests: everything in memory, in order."""

from uuid import UUID

from loka_stratum.shares import Answer, LedgerFullError, Share, Verdict


class MemoryLedger:
    def __init__(self) -> None:
        self.shares: dict[UUID, Share] = {}
        self.answers: dict[UUID, Answer] = {}
        self.full = False

    def submitted(self, share: Share) -> None:
        if self.full:
            raise LedgerFullError("the disk is full")
        assert share.id not in self.shares
        self.shares[share.id] = share

    def answered(self, answer: Answer) -> None:
        assert answer.share in self.shares
        assert answer.share not in self.answers
        self.answers[answer.share] = answer

    @property
    def verdicts(self) -> list[Verdict]:
        return [answer.verdict for answer in self.answers.values()]
