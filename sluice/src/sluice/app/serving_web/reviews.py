"""Reviews that are answered from here: on a page, or by the API."""

from __future__ import annotations

import getpass

from sluice.app.running.reviewing import Mailbox
from sluice.app.serving_web.site import Site
from sluice.engine.facilities import Verdict
from sluice.events.state import ReviewState
from sluice.views.web.run import waiting_reviews

ANSWERS = {"approved": True, "rejected": False}
_LONGEST = 1000
"""Characters of a comment."""


def open_reviews(site: Site, run: str) -> list[ReviewState]:
    """The questions of a run that can be answered here. Raises ``NotFoundError``."""
    return list(waiting_reviews(site.state(run)))


def answer(site: Site, run: str, review: ReviewState, word: str, comment: str) -> None:
    """Leave an answer, one of ``ANSWERS``, for the run's engine. Raises ``StoreError``."""
    verdict = Verdict(approved=ANSWERS[word], reviewer=getpass.getuser(), comment=comment[:_LONGEST])
    Mailbox(site.store.folder(run)).put(review.job, review.environment, verdict)
