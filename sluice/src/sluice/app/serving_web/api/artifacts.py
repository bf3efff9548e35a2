"""Artifacts: what runs kept, and where their bytes are. Each takes the site and a request, and gives a reply."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from sluice.app.serving_web.api.places import place_of, row_of
from sluice.app.serving_web.site import LOOKED_THROUGH, NotFoundError, Site
from sluice.events.model import ArtifactUploaded
from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.paging import listed
from sluice.store.runs.numbers import NUMBER_BITS
from sluice.store.runs.protocol import RunRow
from sluice.views.api.shapes import artifact_facts, artifact_numbers


def of_run(site: Site, call: Call) -> Reply:
    """What a run's jobs kept."""
    return listed(call, "artifacts", list(_wanted(site, call, row_of(site, call))))


def of_repository(site: Site, call: Call) -> Reply:
    """What the newest runs kept, the newest first."""
    rows = (row for row in site.rows(LOOKED_THROUGH) if site.artifacts(row.run).names())
    return listed(call, "artifacts", [one for row in rows for one in _wanted(site, call, row)])


def one(site: Site, call: Call) -> Reply:
    """One artifact."""
    row, number, found = _find(site, call)
    return Reply(body=_facts(site, call, row, number, found))


def archive(site: Site, call: Call) -> Reply:
    """Where an artifact's bytes are; what has expired is gone."""
    row, _, found = _find(site, call)
    if call.names["archive_format"] != "zip":
        raise NotFoundError(call.path)
    if site.artifacts(row.run).find(found.name) is None:
        raise RefusedError(410, "Artifact has expired")
    return Reply(status=302, headers={"Location": f"{call.api}/runs/{row.run}/artifacts/{quote(found.name, safe='')}"})


def _wanted(site: Site, call: Call, row: RunRow) -> Iterator[Facts]:
    name = call.query.get("name")
    for number, found in artifact_numbers(row.id, site.state(row.run)).items():
        if not name or found.name == name:
            yield _facts(site, call, row, number, found)


def _find(site: Site, call: Call) -> tuple[RunRow, int, ArtifactUploaded]:
    number = int(call.names["artifact"])
    row = site.numbered(number >> NUMBER_BITS)
    found = artifact_numbers(row.id, site.state(row.run)).get(number)
    if found is None:
        raise NotFoundError(call.path)
    return row, number, found


def _facts(site: Site, call: Call, row: RunRow, number: int, found: ArtifactUploaded) -> Facts:
    kept = site.artifacts(row.run).find(found.name)
    return artifact_facts(place_of(site, call), row, number, found, kept.expires if kept else None)
