from __future__ import annotations

from sluice.expressions.values import CaseSensitiveDictionary, Dictionary, from_python, to_python


def test_keys_ignore_case_and_keep_their_first_spelling() -> None:
    entries = Dictionary({"Key": 1})
    entries["kEY"] = 2
    assert list(entries.items()) == [("Key", 2)]
    assert entries["KEY"] == entries.get("key") == 2
    assert "key" in entries
    assert entries.get("other") is None
    del entries["key"]
    assert len(entries) == 0


def test_case_sensitive_keys_do_not() -> None:
    entries = CaseSensitiveDictionary({"Key": 1, "KEY": 2})
    assert dict(entries) == {"Key": 1, "KEY": 2}
    assert "key" not in entries


def test_plain_data_comes_back_as_it_was() -> None:
    data = {"a": [1, 2.5, "x", True, None, {"B": {}}]}
    assert to_python(from_python(data)) == data


def test_a_number_too_big_for_an_exact_integer_stays_a_number() -> None:
    assert to_python(1e300) == 1e300
    assert isinstance(to_python(1e300), float)
    assert isinstance(to_python(2.0), int)
