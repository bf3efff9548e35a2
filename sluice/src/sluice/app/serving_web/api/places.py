"""What the API's addresses name: runs, jobs, workflows, the repository."""

from __future__ import annotations

from sluice.app.serving_web.site import NotFoundError, Site
from sluice.events.state import JobState
from sluice.github_api.calls import Call
from sluice.github_api.shapes import NamedRepository
from sluice.repository.git import git
from sluice.store.runs.numbers import NUMBER_BITS
from sluice.store.runs.protocol import RunRow
from sluice.views.api.shapes import Place, job_numbers, workflow_number
from sluice.views.web.listing import WorkflowCard


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


def card_of(site: Site, call: Call) -> WorkflowCard:
    """The workflow that the address names, by file or number. Raises ``NotFoundError``."""
    name = call.names["workflow"]
    for card in site.cards(()):
        if name in {str(workflow_number(card.file)), card.file.rpartition("/")[2]}:
            return card
    raise NotFoundError(call.path)


def place_of(site: Site, call: Call) -> Place:
    """Where the answer's addresses lead."""
    return Place(repository=repository_at(site), call=call, pages=site.address)


def repository_at(site: Site) -> NamedRepository:
    """The repository as it is checked out: its branch counts as the default one."""
    branch = git(site.root, "symbolic-ref", "--quiet", "--short", "HEAD") or "HEAD"
    return NamedRepository(name=site.repository, default_branch=branch)
