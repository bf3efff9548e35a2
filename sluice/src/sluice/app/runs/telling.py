"""Runs that were published and whose end a kill kept from the channels: the next command tells it.

In: a repository. Out: messages sent, and a line for each that could not be.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.source.errors import SluiceError, StoreError, UsageError
from sluice.store.places import Places, find_places
from sluice.store.untold import left_behind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sluice.app.announcing import News
    from sluice.store.runs.sqlite import SqliteStore
    from sluice.store.untold import Untold


def tell_left_runs(
    root: str | None, given: Mapping[str, str] | None = None, say: Callable[[str], None] | None = None
) -> None:
    """Tell what is left of this repository's; costs a look at a folder where nothing is. ``given`` are secrets; ``say``
    hears what could not be told, otherwise it goes to stderr.
    """
    places = find_places()
    if root is None or not places.untold.is_dir():
        return
    heard: Callable[[str], None] | None = None
    for untold in left_behind(places.untold, root):
        from sluice.app.announcing import once, say_on_stderr

        heard = heard or once(say or say_on_stderr)
        try:
            _tell(untold, places, given or {}, heard)
        except SluiceError as error:  # such as a sluice.toml that can't be read: not this command's business
            heard(f"{error.message}; run {untold.subject.run} is still to be told of")


def _tell(untold: Untold, places: Places, given: Mapping[str, str], say: Callable[[str], None]) -> None:
    from sluice.app.announcing import Telling, say_untold, tell_late
    from sluice.app.secrets.sources import Values, look_up
    from sluice.app.settings import load_settings
    from sluice.store.runs.sqlite import SqliteStore

    root = Path(untold.subject.root)
    settings = load_settings(root)
    secrets = look_up(Values(secrets=given), settings.declarations, root).secrets
    with SqliteStore(places.state) as store:
        found = _news(store, untold.subject.run)
        if found is None:
            untold.settle()
            return
        news, repository = found
        telling = Telling(secrets=secrets, repository=repository, untold=untold)
        effects = list(say_untold(tell_late(news, settings.channels, telling), say))
        with suppress(StoreError):
            writer = store.writer(untold.subject.run)
            for one in effects:
                writer.append(one)
            writer.close()


def _news(store: SqliteStore, run: str) -> tuple[News, str] | None:
    """What there is to tell, and of which repository; nothing of a run that was removed or that nobody began."""
    from sluice.app.announcing import News, run_before
    from sluice.app.runs.history import load_state
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.notify.notices import notices_of

    mark_interrupted(store)
    try:
        state = load_state(store, run)
    except UsageError:
        return None
    if state.facts is None:
        return None
    notices = tuple(notices_of(state, run_before(store, state)))
    what = f"{state.facts.workflow_name} #{state.facts.number}"
    return News(what=what, ended=state.completed or state.time, notices=notices), state.facts.repository
