"""Whoever ``sluice.toml`` names is told of a finished run; without ``--publish`` it is only written down.

Nothing here fails a run: what could not be told is said on stderr and among the run's effects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import dropwhile

from msgspec import Struct

from sluice.app.runs.history import load_state
from sluice.engine.output.masking import Masker
from sluice.events.model import EffectRecorded
from sluice.events.state import RunState
from sluice.github.connection import API, Place, connect
from sluice.notify.addresses import Address
from sluice.notify.hub_channel import plan_ways, tell_hub
from sluice.notify.notices import Notice, notices_of
from sluice.notify.policy import Channel
from sluice.notify.rendering import Message, render
from sluice.source.errors import UnavailableError
from sluice.store.protocol import RunRow
from sluice.store.sqlite import SqliteStore

TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
_REMEMBERED = 50


class Announcement(Struct, frozen=True, kw_only=True):
    """One message for one channel; ``targets`` are the channel's ways, in words."""

    channel: Channel
    notice: Notice
    message: Message
    targets: tuple[str, ...]


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


def tell(
    announcements: Sequence[Announcement], secrets: Mapping[str, str], repository: str, api: str = API
) -> Iterator[EffectRecorded | UnavailableError]:
    """Tell every channel at once; an effect for what was told, an error for what was not."""

    def told(one: Announcement) -> list[EffectRecorded | UnavailableError]:
        done: list[EffectRecorded | UnavailableError] = []
        try:
            done += (_effect(one, words, rehearsed=False) for words in _tell(one, secrets, repository, api))
        except UnavailableError as error:
            done.append(error)
        return done

    if not announcements:
        return
    with ThreadPoolExecutor(max_workers=len(announcements)) as pool:
        for done in pool.map(told, announcements):
            yield from done


def run_before(store: SqliteStore, state: RunState) -> RunState | None:
    """The last run of the same workflow on the same ref that had a verdict."""
    facts = state.facts
    if facts is None:
        return None
    rows = store.runs(root=facts.root, limit=_REMEMBERED)
    earlier = dropwhile(lambda row: row.run != state.run, rows)
    found = next((row for row in earlier if row.run != state.run and _is_alike(row, state)), None)
    return load_state(store, found.run) if found else None


def _is_alike(row: RunRow, state: RunState) -> bool:
    facts = state.facts
    alike = facts is not None and (row.workflow_file, row.ref) == (facts.workflow_file, facts.ref)
    return alike and row.conclusion in {"success", "failure"}


def _masked(message: Message, mask: Callable[[str], str]) -> Message:
    return Message(title=mask(message.title), body=mask(message.body))


def _targets(channel: Channel, notice: Notice) -> tuple[str, ...]:
    return plan_ways(channel.github, notice) if channel.github else (channel.name,)


def _tell(one: Announcement, secrets: Mapping[str, str], repository: str, api: str) -> Iterator[str]:
    name = one.channel.secret or TOKEN
    value = next((value for given, value in secrets.items() if given.upper() == name.upper()), "")
    if not value:
        raise UnavailableError(
            f"channel '{one.channel.name}': its secret '{name}' is not given", hint=f"--secret {name}"
        )
    if one.channel.github:
        hub = connect(Place(repository=repository, token=value, api=api))
        yield from tell_hub(hub, one.channel.github, one.notice, one.message)
    else:
        address = Address(one.channel.name, value)
        address.send(one.message, one.notice.severity)
        yield address.service


def _effect(one: Announcement, target: str, *, rehearsed: bool) -> EffectRecorded:
    words = target if target == one.channel.name else f"{one.channel.name}, {target}"
    request = json.dumps({"title": one.message.title, "body": one.message.body}, ensure_ascii=False)
    return EffectRecorded(job=None, kind="notification", target=words, request=request, rehearsed=rehearsed)
