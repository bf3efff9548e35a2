"""Tables of a TOML file: what they hand out, and what they say of everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sluice.source.errors import InvalidInputError
from sluice.source.toml.table import Table, read_document


def read(text: str) -> Table:
    return read_document(text, "some.toml")


def test_values_come_as_they_are_written() -> None:
    document = read("""
[a]
text = "x"
flag = true
count = 3
number = 1.5
words = ["y", "z"]
texts = { k = "v" }
word = "warn"
[a.inner."quoted name"]
[[row]]
key = 1
[[row]]
""")
    table = document.table("a")
    assert (table.text("text"), table.required("text"), table.optional("text")) == ("x", "x", "x")
    assert (table.flag("flag"), table.count("count"), table.number("number", 9, "seconds")) == (True, 3, 1.5)
    assert (table.words("words"), table.texts("texts")) == (("y", "z"), {"k": "v"})
    assert table.choice("word", ("warn", "fail"), "fail") == "warn"
    assert [inner.title for inner in table.tables("inner").values()] == ['[a.inner."quoted name"]']
    assert [len(row.values) for row in document.rows("row", ("key",))] == [1, 0]
    document.check()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[one.x]\nk = 1\n [ 'two' . y.z]\n[one]", {"one": "4:2+3", "two": "3:4+5"}),
        ("[[one]]\n[[one]]\n\n[[two.x]]", {"one": "1:3+3", "two": "4:3+3"}),
        ("one.x.y = 1\n two = {x = 1}", {"one": "1:1+3", "two": "2:2+3"}),
    ],
)
def test_each_key_that_is_not_known_is_reported_where_it_first_stands(text: str, places: dict[str, str]) -> None:
    document = read(text)
    document.expect(("three",))
    spans = [one.span for one in document.found]
    told = [f"{span.start.line}:{span.start.column}+{span.end.column - span.start.column}" for span in spans]
    assert dict(zip(("one", "two"), told, strict=True)) == places


def test_without_a_value_the_default_stands() -> None:
    table = read("").table("a", ())
    assert (table.text("k", "x"), table.optional("k"), table.count("k")) == ("x", None, None)
    assert (table.words("k", ("x",)), table.texts("k"), table.flag("k")) == (("x",), {}, False)
    assert (table.inner("k"), table.tables("k"), table.rows("k")) == (None, {}, [])
    table.check()


@pytest.mark.parametrize(
    ("text", "ask", "place", "message"),
    [
        ("a = 1", lambda _: None, "1:1", "'a' must be a table, [a]"),
        ("[a]\nk = 1", lambda table: table.text("k"), "2:5", "'k' must be a string, not 1"),
        ("[a]", lambda table: table.required("k"), "1:2", "[a] needs 'k'"),
        ("[a]\nk = ' '", lambda table: table.required("k"), "2:6", "[a] needs 'k'"),
        ("[a]\nk = 1", lambda table: table.flag("k"), "2:5", "'k' must be true or false, not 1"),
        ("[a]\nk = true", lambda table: table.count("k"), "2:5", "'k' must be a whole number above 0, not True"),
        ("[a]\nk = 0", lambda table: table.count("k"), "2:5", "'k' must be a whole number above 0, not 0"),
        ("[a]\nk = -1", lambda table: table.number("k", 1, "days"), "2:5", "'k' must be a number of days, 0 or more"),
        ("[a]\nk = [1]", lambda table: table.words("k"), "2:5", "'k' must be a list of strings, not [1]"),
        ("[a]\nk = {x = 1}", lambda table: table.texts("k"), "2:5", "'k' must be a table of strings"),
        ("[a]\nk = 'x'", lambda table: table.choice("k", ("y",), "y"), "2:6", "k can't be 'x'"),
        ("[a]\nk = {}", lambda table: table.rows("k"), "2:1", "'k' must be written [[k]]"),
        ("[a]\nk = [1]", lambda table: table.rows("k"), "2:1", "'k' must be written [[k]]"),
        ("[a]\nk = 1", lambda table: table.tables("k"), "2:1", "'k' must be a table, [a.k]"),
        ("[a]\n[a.b]\nk = 1", lambda table: table.tables("b"), "3:1", "'k' must be a table, [a.b.k]"),
    ],
)
def test_what_is_no_such_value_is_said_with_its_place(
    text: str, ask: Callable[[Table], object], place: str, message: str
) -> None:
    document = read(text)
    ask(document.table("a"))
    with pytest.raises(InvalidInputError) as refused:
        document.check()
    (found,) = refused.value.diagnostics
    assert str(found.span) == f"some.toml:{place}"
    assert found.message.startswith(message)


def test_an_unknown_key_names_the_known_ones_and_the_nearest() -> None:
    document = read("[a]\nkeyy = 1\nzzz = 2")
    document.expect(("b",))
    document.table("a", ("key", "other"))
    with pytest.raises(InvalidInputError) as refused:
        document.check()
    assert [(one.span.start.line, one.message, one.allowed, one.hint) for one in refused.value.diagnostics] == [
        (1, "'a' is no key of some.toml", ("b",), None),
        (2, "'keyy' is no key of [a]", ("key", "other"), "did you mean 'key'?"),
        (3, "'zzz' is no key of [a]", ("key", "other"), None),
    ]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a = 1\nb = ", "2:5", "some.toml is no TOML: Invalid value"),
        ("a = " + "[" * 100_000, "1:1", "some.toml is no TOML: it is nested too deeply"),
    ],
)
def test_what_is_no_toml_is_said_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read(text)
    (found,) = refused.value.diagnostics
    assert (str(found.span), found.rule) == (f"some.toml:{place}", "settings-syntax")
    assert found.message.startswith(message)
