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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('A="x" # the "old"\nB=n\n', {"A": "x", "B": "n"}),
        ("A='x' # it's\nB=\"n\"", {"A": "x", "B": "n"}),
        ('A="x"#c\n', {"A": "x"}),
        ('A="x\n\ny" # the "c"\nB=2\n', {"A": "x\n\ny", "B": "2"}),
        ('A="x\ny=\'z\'\n" \nB="2"\n', {"A": "x\ny='z'\n", "B": "2"}),
        ("A=\"a\\\"b\"\nB='it\\'s'\n", {"A": 'a"b', "B": "it's"}),
        ("A=\"one\\ntwo\\\\n\\d\"\nB='one\\ntwo'\n", {"A": "one\ntwo\\n\\d", "B": "one\\ntwo"}),
        ('A="a\\\\"\nB="n"\n', {"A": "a\\", "B": "n"}),
        ('A=\'{"a": "b"}\' # json\nexport B = "c"\n', {"A": '{"a": "b"}', "B": "c"}),
        (" export\tA=b\nexported=c", {"A": "b", "exported": "c"}),
        ('A="x\u2028y\x0cz"\nB=1\n', {"A": "x\u2028y\x0cz", "B": "1"}),
    ],
)
def test_a_file_reads_as_dotenv_1_2_4_reads_it(tmp_path: Path, text: str, read: dict[str, str]) -> None:
    assert secrets(tmp_path, text) == read


def test_a_backslash_before_the_last_quote_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: a backslash stands before the quote that would end the value"):
        secrets(tmp_path, 'X=1\nA="C:\\dir\\"\nB=1\n')


@pytest.mark.parametrize(
    ("text", "line", "where"),
    [
        ('X=1\n\nA="half\nB="whole"\nC=1\n', 3, "1 line later"),
        ('A="half\n\n\nB="whole"', 1, "3 lines later"),
        ('A="{"a": 1}"\n', 1, "in the same line"),
        ("X='a\nb'\nA='q' 'r'\n", 3, "in the same line"),
    ],
)
def test_what_stands_behind_a_closing_quote_is_refused_and_not_shown(
    tmp_path: Path, text: str, line: int, where: str
) -> None:
    with pytest.raises(
        UsageError, match=f"secrets, line {line}: the quote that begins the value ends {where}"
    ) as caught:
        secrets(tmp_path, text)
    assert "whole" not in f"{caught.value} {caught.value.hint}"


def test_what_may_be_a_part_of_a_value_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: what stands before '=' is no name") as caught:
        secrets(tmp_path, "KEY=-----BEGIN\nMII+abc=\n")
    assert "MII" not in f"{caught.value} {caught.value.hint}"


def test_what_is_no_entry_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 4: expected NAME=value"):
        secrets(tmp_path, "A='1\n2'\n\nnonsense\n")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match=rf"others can read it \(mode 0{mode:o}\)") as refused:
        secrets(tmp_path, "A=b\n", mode)
    assert refused.value.hint == f"chmod 600 {tmp_path / 'secrets'}"
