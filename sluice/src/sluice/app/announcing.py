"""Whoever ``sluice.toml`` names is told of a finished run; without ``--publish`` it is only written down.

Nothing here fails a run: what could not be told is said on stderr and among the run's effects. What a killed command
has not told the next one tells, to whoever was not told yet.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import dropwhile

from msgspec import Struct
from msgspec.structs import replace

from sluice.app.runs.history import load_state
from sluice.events.model import EffectRecorded, RunQueued
from sluice.events.state import RunState
from sluice.github.connection import API, Place, connect
from sluice.masking.masker import Masker
from sluice.notify.addresses import Address
from sluice.notify.hub_channel import plan_ways, tell_hub
from sluice.notify.notices import Notice, notices_of
from sluice.notify.policy import Channel
from sluice.notify.rendering import Message, render
from sluice.source.errors import SluiceError, StoreError, UnavailableError
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.store.untold import Untold
from sluice.views.text.wording import moment

TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
LATE_SECONDS = 86_400.0
"""What ended longer ago is told nobody any more."""
_REMEMBERED = 50


def name_of_secret(channel: Channel) -> str:
    """The name of the secret that holds the channel's address or token."""
    return channel.secret or TOKEN


class Announcement(Struct, frozen=True, kw_only=True):
    """One message for one channel; ``targets`` are the channel's ways, in words."""

    channel: Channel
    notice: Notice
    message: Message
    targets: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own among those of one run or deployment."""
        return " ".join((self.channel.name, self.notice.event, self.notice.environment))


class Telling(Struct, frozen=True, kw_only=True):
    """With what it is told. ``untold`` keeps whom it was told to; whoever is in it is not told again."""

    secrets: Mapping[str, str]
    repository: str
    api: str = API
    untold: Untold | None = None

    def secret_of(self, channel: Channel) -> str:
        """The channel's address or token; empty where it is not given."""
        name = name_of_secret(channel).upper()
        return next((value for given, value in self.secrets.items() if given.upper() == name), "")


class News(Struct, frozen=True, kw_only=True):
    """What a killed command has not told: ``what`` it is about, in words, and when that ended."""

    what: str
    ended: float
    notices: Sequence[Notice]


def announcements_of(
    store: SqliteStore, run: str, channels: Iterable[Channel], secrets: Mapping[str, str], *, everything: bool = False
) -> list[Announcement]:
    """What is to be told; ``everything`` asks each channel for every notice, as a preview does."""
    state = load_state(store, run)
    notices = notices_of(state, run_before(store, state))
    mask = Masker(value for value in secrets.values() if value).mask_text
    return announcements_for(notices, channels, mask, everything=everything)


def announcements_for(
    notices: Iterable[Notice], channels: Iterable[Channel], mask: Callable[[str], str], *, everything: bool = False
) -> list[Announcement]:
    """Each channel's messages for these notices, masked."""
    told = list(notices)
    return [
        Announcement(channel=channel, notice=notice, message=_masked(render(channel, notice), mask), targets=targets)
        for channel in channels
        for notice in told
        if (everything or channel.wants(notice)) and (targets := _targets(channel, notice))
    ]


def rehearse(announcements: Sequence[Announcement]) -> Iterator[EffectRecorded]:
    """What would be told, as effects."""
    return (_effect(one, target, rehearsed=True) for one in announcements for target in one.targets)


def tell(announcements: Sequence[Announcement], telling: Telling) -> Iterator[EffectRecorded | SluiceError]:
    """Tell every channel at once; an effect for what was told, an error for what was not."""

    def told(one: Announcement) -> list[EffectRecorded | SluiceError]:
        done: list[EffectRecorded | SluiceError] = []
        try:
            done += (_effect(one, words, rehearsed=False) for words in _tell(one, telling))
            if telling.untold:
                telling.untold.note(one.name)
        except (UnavailableError, StoreError) as error:
            done.append(error)
        return done

    waiting = [one for one in announcements if not telling.untold or one.name not in telling.untold.told]
    if not waiting:
        return
    with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
        for done in pool.map(told, waiting):
            yield from done


def tell_late(news: News, channels: Sequence[Channel], telling: Telling) -> Iterator[EffectRecorded | SluiceError]:
    """Tell what was left behind, and say that it is late. What lacks its channel's secret is kept for a command that
    has it, and all of it where there is no channel: a file that is being written may be empty. What is old is dropped.
    """
    untold = telling.untold
    if untold is None:
        return
    if time.time() - news.ended > LATE_SECONDS:
        untold.settle()
        if channels:
            yield UnavailableError(f"nobody was told of {news.what}: it ended over a day ago")
        return
    late = f"Told late: it ended at {moment(news.ended)}, and nobody was told then"
    notices = [replace(one, lines=(*one.lines, late)) for one in news.notices]
    mask = Masker(value for value in telling.secrets.values() if value).mask_text
    found = announcements_for(notices, channels, mask)
    yield from tell(found, telling)
    if channels and all(telling.secret_of(one.channel) for one in found if one.name not in untold.told):
        untold.settle()


def say_on_stderr(message: str) -> None:
    """A line of its own."""
    sys.stderr.write(f"sluice: {message}\n")


def once(say: Callable[[str], None]) -> Callable[[str], None]:
    """``say``, but never the same twice: one channel that is down keeps many messages back, each time it is tried."""
    heard: set[str] = set()

    def hear(message: str) -> None:
        if message not in heard:
            heard.add(message)
            say(message)

    return hear


def say_untold(
    told: Iterable[EffectRecorded | SluiceError], say: Callable[[str], None] = say_on_stderr
) -> Iterator[EffectRecorded]:
    """What was told; of the rest ``say`` hears a line each."""
    for one in told:
        if isinstance(one, SluiceError):
            say(one.message)
        else:
            yield one


def run_before(store: SqliteStore, state: RunState) -> RunState | None:
    """The last run of the same workflow on the same ref that had a verdict: of those that published, for a rehearsal
    told nobody; where none did, of all.
    """
    facts = state.facts
    if facts is None:
        return None
    rows = store.runs(root=facts.root, limit=_REMEMBERED)
    earlier = dropwhile(lambda row: row.run != state.run, rows)
    alike = [row.run for row in earlier if row.run != state.run and _is_alike(row, state)]
    found = next((run for run in alike if _published(store, run)), next(iter(alike), None))
    return load_state(store, found) if found else None


def _published(store: SqliteStore, run: str) -> bool:
    return any(isinstance(first.event, RunQueued) and first.event.published for first in store.read(run, limit=1))


def _is_alike(row: RunRow, state: RunState) -> bool:
    facts = state.facts
    alike = facts is not None and (row.workflow_file, row.ref) == (facts.workflow_file, facts.ref)
    return alike and row.conclusion in {"success", "failure"}


def _masked(message: Message, mask: Callable[[str], str]) -> Message:
    return Message(title=mask(message.title), body=mask(message.body))


def _targets(channel: Channel, notice: Notice) -> tuple[str, ...]:
    return plan_ways(channel.github, notice) if channel.github else (channel.name,)


def _tell(one: Announcement, telling: Telling) -> Iterator[str]:
    value = telling.secret_of(one.channel)
    if not value:
        name = name_of_secret(one.channel)
        raise UnavailableError(
            f"channel '{one.channel.name}': its secret '{name}' is not given", hint=f"--secret {name}"
        )
    if one.channel.github:
        hub = connect(Place(repository=telling.repository, token=value, api=telling.api))
        yield from tell_hub(hub, one.channel.github, one.notice, one.message)
    else:
        address = Address(one.channel.name, value)
        address.send(one.message, one.notice.severity)
        yield address.service


def _effect(one: Announcement, target: str, *, rehearsed: bool) -> EffectRecorded:
    words = target if target == one.channel.name else f"{one.channel.name}, {target}"
    request = json.dumps({"title": one.message.title, "body": one.message.body}, ensure_ascii=False)
    return EffectRecorded(job=None, kind="notification", target=words, request=request, rehearsed=rehearsed)
