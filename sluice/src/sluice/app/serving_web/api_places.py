"""What the API's addresses name: runs, jobs, workflows, the repository; and pages of lists."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

from sluice.app.serving_web.site import NotFoundError, Site
from sluice.events.state import JobState
from sluice.rehearsal.github.calls import Call, Facts, Reply
from sluice.rehearsal.github.routing import page_of
from sluice.rehearsal.github.state import Repository, Scene
from sluice.runners.host.git import git
from sluice.store.protocol import RunRow
from sluice.views.api.shapes import NUMBER_BITS, Place, job_numbers, workflow_number


def listed(call: Call, name: str, found: Sequence[Facts]) -> Reply:
    """One page of a list under its name, with how many there are."""
    shown = page_of(call, Reply(body=list(found)))
    return Reply(body={"total_count": len(found), name: shown.body}, headers=shown.headers)


def row_of(site: Site, call: Call) -> RunRow:
    """The run that the address names. Raises ``NotFoundError``."""
    return site.numbered(int(call.names["run"]))


def job_of(site: Site, call: Call) -> tuple[RunRow, int, JobState]:
    """The job run that the address names, its run and its number. Raises ``NotFoundError``."""
    number = int(call.names["job"])
    row = site.numbered(number >> NUMBER_BITS)
    known = job_numbers(row.id, site.state(row.run))
    if number not in known:
        raise NotFoundError(call.path)
    return row, number, known[number]


def file_of(site: Site, call: Call) -> str:
    """The workflow that the address names, by file or number. Raises ``NotFoundError``."""
    name = call.names["workflow"]
    for card in site.cards(()):
        if name in {str(workflow_number(card.file)), card.file.rpartition("/")[2]}:
            return card.file
    raise NotFoundError(call.path)


def place_of(site: Site, call: Call) -> Place:
    """Where the answer's addresses lead."""
    return Place(repository=repository_at(site), call=call, pages=site.address)


def repository_at(site: Site) -> Repository:
    """The repository, as shapes need it."""
    return Repository(site.repository, scene_of(site), Path())


def scene_of(site: Site) -> Scene:
    """The same, as it is checked out."""
    branch = git(site.root, "symbolic-ref", "--quiet", "--short", "HEAD") or "HEAD"
    return Scene(
        repository=site.repository,
        sha="",
        ref=f"refs/heads/{branch}",
        default_branch=branch,
        actor=getpass.getuser(),
        workflows={card.file: card.name for card in site.cards(())},
    )
