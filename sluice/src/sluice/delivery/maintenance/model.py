"""A maintenance report: sections, each with what needs a person. It must not know how anything was looked at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

DAY = 86400.0


class Period(StrEnum):
    """How often a report is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


DAYS = {Period.WEEKLY: 7, Period.MONTHLY: 30, Period.QUARTERLY: 91}
"""What a report looks back over."""


class Span(Struct, frozen=True, kw_only=True):
    """From ``since`` up to ``until``, in seconds since 1970."""

    since: float
    until: float

    def holds(self, moment: float) -> bool:
        """Whether the moment is in it."""
        return self.since <= moment < self.until

    @property
    def before(self) -> Span:
        """The one of the same length that ends where this begins."""
        return Span(since=2 * self.since - self.until, until=self.since)

    @classmethod
    def ending(cls, now: float, period: Period) -> Span:
        """The period that ends now."""
        return cls(since=now - DAYS[period] * DAY, until=now)


class Standing(StrEnum):
    """What a section comes to. ``UNSEEN`` never counts as fine."""

    FINE = "fine"
    NEEDED = "needs you"
    UNSEEN = "not looked at"
    NOTHING = "nothing to look at"


class Finding(Struct, frozen=True, kw_only=True):
    """Something that needs a person: what it is, and the commands that help, ready to copy."""

    text: str
    commands: tuple[str, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """One task. ``facts`` need nobody; ``unseen`` says what could not be looked at and why; ``nothing`` why there is
    nothing to look at.
    """

    name: str = ""
    title: str = ""
    findings: tuple[Finding, ...] = ()
    facts: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    nothing: str = ""

    @property
    def standing(self) -> Standing:
        """What needs a person comes first, then what nobody saw."""
        if self.findings:
            return Standing.NEEDED
        if self.unseen:
            return Standing.UNSEEN
        return Standing.NOTHING if self.nothing else Standing.FINE


class Report(Struct, frozen=True, kw_only=True):
    """All of a period's tasks in one repository."""

    period: Period
    repository: str
    span: Span
    sections: tuple[Section, ...]

    @property
    def findings(self) -> int:
        """How many things need a person."""
        return sum(len(section.findings) for section in self.sections)

    @property
    def unseen(self) -> int:
        """How many things nobody could look at."""
        return sum(len(section.unseen) for section in self.sections)

    @property
    def exit_code(self) -> int:
        """1 when something needs a person, else 2 when something could not be looked at, else 0."""
        return 1 if self.findings else 2 if self.unseen else 0
