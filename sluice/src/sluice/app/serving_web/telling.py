"""While the page is served, channels are told what a kill kept from them: of runs that it started, and of any others.

In: a site. Out: messages sent, and a line on stderr for what could not be told, once however often it is tried.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sluice.app.announcing import once, say_on_stderr
from sluice.app.deploying.site import all_sites
from sluice.app.deploying.telling import tell_left
from sluice.app.runs.telling import tell_left_runs
from sluice.app.serving_web.site import Site
from sluice.source.errors import SluiceError

EVERY = 20.0
"""Seconds between two looks, each of which costs a few files where nothing is left."""
_LONGEST = 5.0


@contextmanager
def telling(site: Site) -> Iterator[None]:
    """Look now and from time to time, until the site closes; a message on its way is waited for a few seconds."""
    thread = threading.Thread(target=_look_until_closed, args=(site,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        site.closing.set()
        thread.join(_LONGEST)


def _look_until_closed(site: Site) -> None:
    say = once(say_on_stderr)
    while not site.closing.is_set():
        try:
            tell_left_runs(str(site.root), say=say)
            for environment in all_sites(site.root):
                tell_left(environment, say)
        except SluiceError as error:  # such as a sluice.toml that is being edited
            say(error.message)
        site.closing.wait(EVERY)
