"""Bills of materials, statements of provenance: held to what their authors publish. In: a document. Out: its mistakes.

CycloneDX: the JSON schemas that cyclonedx-python-lib carries (strict), and bom-refs named once. SPDX: spdx-tools, the
SPDX group's own reader and rules. in-toto and SLSA: the messages of in-toto-attestation, whose readers refuse fields
that are none of theirs, and the fields that slsa.dev/spec/v1.0/provenance requires, which messages can't.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from google.protobuf.json_format import Parse, ParseDict, ParseError
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message

_REQUIRED = ("buildDefinition/buildType", "buildDefinition/externalParameters", "runDetails/builder/id")
_SLSA = "https://slsa.dev/provenance/v1"


def cyclonedx_mistakes(text: str) -> list[str]:
    """Of a bill in the version that it names; it takes two seconds to load what holds it to its schema."""
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    document = json.loads(text)
    version = SchemaVersion.from_version(document["specVersion"])
    found = JsonStrictValidator(version).validate_str(text, all_errors=True) or ()
    refs = Counter(one["bom-ref"] for one in document["components"])
    return [str(one) for one in found] + [f"{ref} is named {count} times" for ref, count in refs.items() if count > 1]


def spdx_mistakes(text: str) -> list[str]:
    """Of a bill; it takes two seconds to load what reads it."""
    from spdx_tools.spdx.parser.error import SPDXParsingError  # noqa: PLC0415
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser  # noqa: PLC0415
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document  # noqa: PLC0415

    try:
        document = JsonLikeDictParser().parse(json.loads(text))  # type: ignore[no-untyped-call]
    except SPDXParsingError as error:
        return list(error.get_messages())  # type: ignore[no-untyped-call]
    return [one.validation_message for one in validate_full_spdx_document(document)]


def provenance_mistakes(text: str) -> list[str]:
    """Of an in-toto statement with SLSA's predicate."""
    document = json.loads(text)
    try:
        Statement.copy_from_pb(Parse(text, Message())).validate()
        ParseDict(document["predicate"], Provenance())
    except (ParseError, ValueError) as error:
        return [str(error)]
    kind = [] if document["predicateType"] == _SLSA else [f"{document['predicateType']} is no {_SLSA}"]
    return kind + list(_missing(document["predicate"]))


def _missing(predicate: dict[str, object]) -> Iterator[str]:
    for path in _REQUIRED:
        found: object = predicate
        for name in path.split("/"):
            found = found.get(name) if isinstance(found, dict) else None
        if not found:
            yield f"{path} is required"
