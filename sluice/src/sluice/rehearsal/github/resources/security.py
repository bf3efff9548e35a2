"""What code scanning, the dependency graph and advisories are told."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
import zlib

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import WEB, now, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_ADVISORY = ("summary", "description", "severity", "cve_id", "vulnerabilities", "cwe_ids", "state")

_VULNERABILITY: Facts = {"vulnerable_version_range": None, "patched_versions": None, "vulnerable_functions": []}


def _upload(repository: Repository, call: Call) -> Reply:
    body = call.required("commit_sha", "ref", "sarif")
    _check_sarif(str(body["sarif"]))
    name = str(uuid.uuid4())
    repository.table("sarifs").add({"name": name, "ref": body["ref"], "sha": body["commit_sha"]})
    at = call.at(repository.name, f"/code-scanning/sarifs/{name}")
    return Reply(status=202, body={"id": name, "url": at})


def _check_sarif(text: str) -> None:
    """A SARIF file, compressed by gzip, in base64."""
    try:
        document = json.loads(gzip.decompress(base64.b64decode(text, validate=True)))
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise RefusedError(400, "Invalid request.\n\nInvalid SARIF. Is it gzipped, and base64 encoded?") from error
    if not isinstance(document, dict) or "runs" not in document:
        raise RefusedError(400, "Invalid SARIF. Missing 'runs'.")


def _receipt(repository: Repository, call: Call) -> Reply:
    repository.table("sarifs").first(name=call.names["sarif"])
    at = call.at(repository.name, f"/code-scanning/analyses?sarif_id={call.names['sarif']}")
    return Reply(body={"processing_status": "complete", "analyses_url": at, "errors": None})


def _snapshot(repository: Repository, call: Call) -> Reply:
    call.required("version", "job", "sha", "ref", "detector", "scanned")
    row = repository.table("snapshots").add({"created_at": now()})
    message = "Dependency results for the repo have been successfully updated."
    return Reply(
        status=201,
        body={"id": row["id"], "created_at": row["created_at"], "result": "SUCCESS", "message": message},
    )


def advisory(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``repository-advisory``."""
    name, published = row["ghsa_id"], row["state"] == "published"
    identifiers = [{"type": "GHSA", "value": name}]
    if row["cve_id"]:
        identifiers.append({"type": "CVE", "value": row["cve_id"]})
    return {
        **{field: row[field] for field in (*_ADVISORY, "ghsa_id", "created_at")},
        "url": call.at(repository.name, f"/security-advisories/{name}"),
        "html_url": f"{WEB}/{repository.name}/security/advisories/{name}",
        "identifiers": identifiers,
        "author": user(call),
        "publisher": user(call) if published else None,
        "updated_at": now(),
        "published_at": now() if published else None,
        "closed_at": now() if row["state"] == "closed" else None,
        "withdrawn_at": None,
        "submission": None,
        "cvss": None,
        "cwes": None,
        **dict.fromkeys(("credits", "credits_detailed", "collaborating_users", "collaborating_teams", "private_fork")),
    }


def _advisories(repository: Repository, call: Call) -> Reply:
    return Reply(body=[advisory(repository, call, row) for row in repository.table("advisories")])


def _create_advisory(repository: Repository, call: Call) -> Reply:
    body = call.required("summary", "description", "vulnerabilities")
    letters = uuid.uuid4().hex
    row = repository.table("advisories").add(
        {
            **{field: body.get(field) for field in _ADVISORY},
            "vulnerabilities": [{**_VULNERABILITY, **one} for one in body["vulnerabilities"]],
            "state": "draft",
            "ghsa_id": f"GHSA-{letters[:4]}-{letters[4:8]}-{letters[8:12]}",
            "created_at": now(),
        }
    )
    return Reply(status=201, body=advisory(repository, call, row))


def _get_advisory(repository: Repository, call: Call) -> Reply:
    return Reply(body=advisory(repository, call, repository.table("advisories").first(ghsa_id=call.names["ghsa"])))


def _update_advisory(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("advisories").first(ghsa_id=call.names["ghsa"]), call.body
    row.update({field: body[field] for field in _ADVISORY if field in body})
    return Reply(body=advisory(repository, call, row))


_REPOSITORY = "/repos/{owner}/{repo}"
_SARIF = f"{_REPOSITORY}/code-scanning/sarifs"
_ADVISORIES = f"{_REPOSITORY}/security-advisories"
ROUTES = (
    Route(method="POST", path=_SARIF, answer=_upload, kind="sarif", scope="security-events", target="{ref}"),
    Route(method="GET", path=f"{_SARIF}/{{sarif}}", answer=_receipt),
    Route(
        method="POST",
        path=f"{_REPOSITORY}/dependency-graph/snapshots",
        answer=_snapshot,
        kind="dependencies",
        scope="contents",
        target="{ref}",
    ),
    Route(method="GET", path=_ADVISORIES, answer=_advisories),
    Route(method="POST", path=_ADVISORIES, answer=_create_advisory, kind="advisory", target="{summary}"),
    Route(method="GET", path=f"{_ADVISORIES}/{{ghsa}}", answer=_get_advisory),
    Route(
        method="PATCH", path=f"{_ADVISORIES}/{{ghsa}}", answer=_update_advisory, kind="advisory-edit", target="{ghsa}"
    ),
)
