from __future__ import annotations

import pytest

from sluice.engine.output.commands import COMMANDS, parse_command

ACCEPTED = [
    ("::error::broken", "error", {}, "broken"),
    ("  \t::error::broken", "error", {}, "broken"),
    ("\u00a0\u3000::error::broken", "error", {}, "broken"),
    ("::ERROR FILE=a.py::broken", "error", {"file": "a.py"}, "broken"),
    ("::error file=a.py,line=3::b", "error", {"file": "a.py", "line": "3"}, "b"),
    ("::error   file=a.py,line=3  ::b", "error", {"file": "a.py", "line": "3"}, "b"),
    ("::error file=a%2Cb%3Ac%25,title=50%25 off%0Anow::b", "error", {"file": "a,b:c%", "title": "50% off\nnow"}, "b"),
    ("::error title=%250A%253A%252C::b", "error", {"title": "%0A%3A%2C"}, "b"),
    ("::error title=a=b::b", "error", {"title": "a=b"}, "b"),
    ("::error title==b,=x,y=,z::b", "error", {"title": "b"}, "b"),
    ("::error file=a, line=3::b", "error", {"file": "a", " line": "3"}, "b"),
    ("::debug::a%0Ab%0Dc%25d", "debug", {}, "a\nb\rc%d"),
    ("::debug::%250A %253A %3A", "debug", {}, "%0A %3A %3A"),
    ("::debug::a::b", "debug", {}, "a::b"),
    ("::endgroup::", "endgroup", {}, ""),
    ("##[error]broken", "error", {}, "broken"),
    ("before ##[Error]broken", "error", {}, "broken"),
    ("##[error file=a;line=3]b", "error", {"file": "a", "line": "3"}, "b"),
    ("##[error file=a%3Bb%5D]b%5D%3B%0A%25", "error", {"file": "a;b]"}, "b];\n%"),
    ("::unknown:: ##[error]broken", "error", {}, "broken"),
]

PLAIN = [
    "",
    "error::broken",
    ": :error::broken",
    "a ::error::broken",
    "::error",
    "::error:broken",
    ":: error::broken",
    "::unknown::x",
    "::error,file=a::x",
    "##[error",
    "##[unknown]x",
    "# #[error]x",
    "##[]x",
    "::::",
    "tests/test_x.py::test_it PASSED",
]


@pytest.mark.parametrize(("line", "name", "properties", "data"), ACCEPTED)
def test_rule_24_a_command_is_read_as_the_runner_does(
    line: str, name: str, properties: dict[str, str], data: str
) -> None:
    command = parse_command(line, COMMANDS)
    assert command is not None
    assert (command.name, command.properties, command.data) == (name, properties, data)


@pytest.mark.parametrize("line", PLAIN)
def test_rule_24_what_is_no_command_is_plain_output(line: str) -> None:
    assert parse_command(line, COMMANDS) is None
