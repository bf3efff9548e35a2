"""Code scanning, the dependency graph, advisories. PyGithub has names for the last only."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from sluice.github.connection import Hub, refusals
from sluice.source.times import stamp


class Dependency(Struct, frozen=True, kw_only=True):
    """A package that a manifest resolves to; ``purl`` as in ``pkg:pypi/anyio@4.6.0``."""

    name: str
    purl: str
    direct: bool = True
    development: bool = False


def upload_sarif(hub: Hub, sarif: bytes, *, sha: str, ref: str) -> str:
    """Hand a SARIF file to code scanning; the id of the upload."""
    body = {
        "commit_sha": sha,
        "ref": ref,
        "sarif": base64.b64encode(gzip.compress(sarif, mtime=0)).decode(),
    }
    return str(hub.call("POST", f"/repos/{hub.place.repository}/code-scanning/sarifs", body)["id"])


class Scan(Struct, frozen=True, kw_only=True):
    """What was looked at: a commit of a ref, by a job, with a version of Sluice."""

    sha: str
    ref: str
    job: str
    version: str


def submit_dependencies(hub: Hub, manifests: Mapping[str, Sequence[Dependency]], scan: Scan) -> int:
    """Hand what manifests (by path) resolve to to the dependency graph; the snapshot's number."""
    body = {
        "version": 0,
        "sha": scan.sha,
        "ref": scan.ref,
        "job": {"id": scan.job, "correlator": "sluice"},
        "detector": {"name": "sluice", "version": scan.version, "url": "https://pypi.org/project/sluice-ci/"},
        "scanned": stamp(time.time()),
        "manifests": {path: _manifest(path, found) for path, found in manifests.items()},
    }
    return int(hub.call("POST", f"/repos/{hub.place.repository}/dependency-graph/snapshots", body)["id"])


def _manifest(path: str, found: Sequence[Dependency]) -> dict[str, Any]:
    resolved = {
        one.name: {
            "package_url": one.purl,
            "relationship": "direct" if one.direct else "indirect",
            "scope": "development" if one.development else "runtime",
        }
        for one in found
    }
    return {"name": path, "file": {"source_location": path}, "resolved": resolved}


class Advisory(Struct, frozen=True, kw_only=True):
    """What is wrong with a package of PyPI; ``affected`` as in ``< 1.2.3``, severity low to critical."""

    package: str
    affected: str
    summary: str
    description: str
    severity: str


def draft_advisory(hub: Hub, advisory: Advisory) -> str:
    """A draft, which people finish and publish; its GHSA id."""
    with refusals("the advisory"):
        made = hub.repository.create_repository_advisory(
            advisory.summary,
            advisory.description,
            advisory.severity,
            vulnerabilities=[
                {
                    "package": {"ecosystem": "pip", "name": advisory.package},
                    "vulnerable_version_range": advisory.affected,
                    "patched_versions": None,
                    "vulnerable_functions": [],
                }
            ],
        )
        return str(made.ghsa_id)
