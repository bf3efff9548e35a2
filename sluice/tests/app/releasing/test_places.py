"""Where a version stands in a file."""

from __future__ import annotations

import pytest

from sluice.app.releasing.places import assignment, json_member, toml_key


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "config": {\n    "mongo": {\n      "version": "4.4.1"\n    }\n  },\n  "version": "1.0.0"\n}\n',
        '{"config": {"version": "4.4.1"}, "version": "1.0.0"}',
        '{"version":"1.0.0","config":{"version":"4.4.1"}}',
        '{\n\t"name": "\\"version\\": \\"4.4.1\\"",\n\t"version" : "1.0.0"\n}',
    ],
)
def test_the_member_of_the_outermost_object_is_found_however_it_is_written(text: str) -> None:
    place = json_member("version")(text)
    assert place is not None
    assert text[slice(*place)] == "1.0.0"


@pytest.mark.parametrize(
    "text", ['{"config": {"version": "4.4.1"}}', '[{"version": "4.4.1"}]', '{"version": 4}', "{", ""]
)
def test_none_is_found_where_the_outermost_object_has_none(text: str) -> None:
    assert json_member("version")(text) is None


def test_a_text_in_three_quotes_is_passed_over_and_not_taken_for_an_empty_one() -> None:
    assert toml_key("package", "version")('[package]\nversion = """1.0"""\n') is None
    assert assignment("version")('version = """1.0"""\n') is None
    assert assignment("version")('version = ""\n') == (11, 11)
