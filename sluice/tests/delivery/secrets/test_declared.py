import pytest

from sluice.delivery.secrets.declared import Declaration, Required, Source, read_declarations
from sluice.plan.uses import Kind
from sluice.source.toml.table import read_document


def read(text: str) -> tuple[tuple[Declaration, ...], list[str]]:
    document = read_document(text, "sluice.toml")
    declared = read_declarations(document)
    return declared, [f"{one.span.start.line}: {one.message} {'|'.join(one.allowed)}".strip() for one in document.found]


def test_secrets_and_variables_are_declared_by_name() -> None:
    text = """
[secret.TOKEN]
description = "for the registry"
required = "to-publish"
from = ["keyring", "environment"]
[variable.LEVEL]
"""
    token, level = read(text)[0]
    assert (token.kind, token.name, token.description) == (Kind.SECRET, "TOKEN", "for the registry")
    assert token.required is Required.TO_PUBLISH
    assert token.sources == (Source.KEYRING, Source.ENVIRONMENT)
    assert level == Declaration(kind=Kind.VARIABLE, name="LEVEL")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[secret.T]\nrequired = "maybe"', "2: required can't be 'maybe' always|to-publish|never"),
        ('[secret.T]\nvalue = "x"', "2: 'value' is no key of [secret.T] description|required|from"),
        ('[variable.V]\nfrom = ["keyring"]', "2: from: a variable can't come from 'keyring' environment"),
        ("[secret]\nT = 1", "2: 'T' must be a table, [secret.T]"),
        ('[secret."A-B"]', "1: 'A-B' is no name for a secret"),
        ("secret = 3", "1: 'secret' must be a table, [secret]"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_is_allowed(text: str, message: str) -> None:
    assert read(text)[1] == [message]
