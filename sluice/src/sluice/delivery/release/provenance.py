"""What goes beside a release's files: checksums, a bill of materials, a statement of how they were made. Pure.

Formats: ``sha256sum``'s; CycloneDX 1.5 (cyclonedx.org); in-toto statement v1 with SLSA provenance v1 (slsa.dev). All
are the same bytes for the same release.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence

from msgspec import Struct

from sluice.source.times import stamp

BUILD_TYPE = "https://pypi.org/project/sluice-ci/#release-build-v1"
_NAMES = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


class Component(Struct, frozen=True, kw_only=True):
    """A package of PyPI in one version, with SHA-256 digests of its files where they are known."""

    name: str
    version: str
    digests: Sequence[str] = ()

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{self.version}"


class Build(Struct, frozen=True, kw_only=True):
    """What was built of what: ``time`` is the commit's, in seconds since the epoch; ``tools`` versions by name."""

    repository: str
    tag: str
    commit: str
    time: int
    tools: Mapping[str, str]


def checksums(digests: Mapping[str, str]) -> str:
    """Lines that ``sha256sum --check`` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def bill_of_materials(name: str, version: str, components: Sequence[Component], time: int) -> str:
    """The components of a release as CycloneDX."""
    own = {"type": "application", "bom-ref": f"{name}@{version}", "name": name, "version": version}
    rows = [_component(one) for one in sorted(components, key=lambda one: (one.name, one.version))]
    serial = uuid.uuid5(_NAMES, json.dumps([own, rows], sort_keys=True))
    return _text(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "serialNumber": f"urn:uuid:{serial}",
            "version": 1,
            "metadata": {"timestamp": stamp(time), "component": own},
            "components": rows,
            "dependencies": [{"ref": own["bom-ref"], "dependsOn": [row["bom-ref"] for row in rows]}],
        }
    )


def _component(one: Component) -> dict[str, object]:
    hashes = [{"alg": "SHA-256", "content": digest} for digest in sorted(one.digests)]
    facts: dict[str, object] = {"type": "library", "bom-ref": one.purl, "name": one.name, "version": one.version}
    return {**facts, "purl": one.purl, **({"hashes": hashes} if hashes else {})}


def statement(build: Build, digests: Mapping[str, str]) -> str:
    """The in-toto statement about the files of a release."""
    source = {"uri": f"git+{build.repository}@refs/tags/{build.tag}", "digest": {"gitCommit": build.commit}}
    return _text(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": {"repository": build.repository, "ref": f"refs/tags/{build.tag}"},
                    "internalParameters": {"SOURCE_DATE_EPOCH": build.time},
                    "resolvedDependencies": [source],
                },
                "runDetails": {"builder": {"id": BUILD_TYPE, "version": dict(sorted(build.tools.items()))}},
            },
        }
    )


def _text(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"
