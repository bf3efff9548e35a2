"""Files of secrets: whose they are, and what may stand in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.app.secrets.reading import read_file
from sluice.source.errors import UsageError

KEY = "-----BEGIN KEY-----\nabc=\n# no comment\n\n-----END KEY-----"


def secrets(tmp_path: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path = tmp_path / "secrets"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return read_file(path, private=True, option="--secret-file")


def test_a_value_in_quotes_may_be_several_lines(tmp_path: Path) -> None:
    text = f"# mine\nFIRST=one\nKEY=\"{KEY}\"\n  LAST = 'two words' \n"
    assert secrets(tmp_path, text) == {"FIRST": "one", "KEY": KEY, "LAST": "two words"}


@pytest.mark.parametrize(
    ("line", "value"),
    [('A="open', '"open'), ("A='", "'"), ("A=", ""), ("A=''", ""), ('A=x"y"', 'x"y"'), ("A=b=c#d", "b=c#d")],
)
def test_a_quote_that_never_ends_is_a_part_of_the_value(tmp_path: Path, line: str, value: str) -> None:
    assert secrets(tmp_path, f"{line}\nB=next\n") == {"A": value, "B": "next"}


def test_a_comment_behind_a_value_in_quotes_is_none_of_it_and_takes_no_line(tmp_path: Path) -> None:
    text = 'TOKEN="abc"  # prod\nKEY="def"\nODD=\'it"s\' # x\nHASH=a # b\n'
    assert secrets(tmp_path, text) == {"TOKEN": "abc", "KEY": "def", "ODD": 'it"s', "HASH": "a # b"}


def test_what_is_no_entry_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 4: expected NAME=value"):
        secrets(tmp_path, "A='1\n2'\n\nnonsense\n")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match=rf"others can read it \(mode 0{mode:o}\)") as refused:
        secrets(tmp_path, "A=b\n", mode)
    assert refused.value.hint == f"chmod 600 {tmp_path / 'secrets'}"
