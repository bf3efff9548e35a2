from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.masking.encodings import secret_forms
from sluice.masking.masker import Masker

SECRET = "p@ss'w\"rd &<42>/+x"
SECRET_WORD = 'gehe\\imnis "schlüssel'


def masked_by_definition(forms: set[bytes], data: bytes) -> bytes:
    """Slow and obvious: cover every occurrence of every form, then replace each covered stretch."""
    covered = bytearray(len(data))
    for form in forms:
        start = data.find(form)
        while start >= 0:
            covered[start : start + len(form)] = b"\1" * len(form)
            start = data.find(form, start + 1)
    result = bytearray()
    for index, byte in enumerate(data):
        if not covered[index]:
            result.append(byte)
        elif index == 0 or not covered[index - 1]:
            result += b"***"
    return bytes(result)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("itself", SECRET),
        ("escaped for JSON", json.dumps(SECRET)[1:-1]),
        ("escaped for a URI", quote(SECRET, safe="")),
        ("escaped for the path of a URI", quote(SECRET)),
        ("as encodeURI escapes it", quote(SECRET, safe="!'()*;,/?:@&=+$#")),
        ("as encodeURIComponent escapes it", quote(SECRET, safe="!'()*")),
        ("as a form field", "p%40ss%27w%22rd+%26%3C42%3E%2F%2Bx"),
        ("escaped for XML", "p@ss&apos;w&quot;rd &amp;&lt;42&gt;/+x"),
        ("as a command line argument", "p@ss'w\\\"rd &<42>/+x"),
        ("as an expression's string", "p@ss''w\"rd &<42>/+x"),
        ("in a shell's single quotes", "p@ss'\\''w\"rd &<42>/+x"),
        ("in Python's shell quotes", "p@ss'\"'\"'w\"rd &<42>/+x"),
        ("escaped for HTML", "p@ss&#x27;w&quot;rd &amp;&lt;42&gt;/+x"),
        ("escaped for HTML with decimal numbers", "p@ss&#39;w&quot;rd &amp;&lt;42&gt;/+x"),
        ("as Python writes a string", repr(SECRET)[1:-1]),
        ("with a shell's backslashes", "p@ss\\'w\\\"rd\\ \\&\\<42\\>/+x"),
    ],
)
def test_rule_25_a_secret_is_masked_in_every_form(form: str, text: str) -> None:
    assert Masker([SECRET]).mask_text(f"[{text}]") == "[***]", form


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("escaped for JSON", json.dumps(SECRET_WORD, ensure_ascii=False)[1:-1]),
        ("escaped for JSON of ASCII alone", json.dumps(SECRET_WORD)[1:-1]),
        ("as a command line argument", SECRET_WORD.replace('"', '\\"')),
    ],
)
def test_rule_25_what_one_form_escapes_and_another_does_not_is_masked_in_each(form: str, text: str) -> None:
    assert Masker([SECRET_WORD]).mask_text(f"[{text}]") == "[***]", form


@pytest.mark.parametrize("prefix", ["", "u", "us", "user:", "a much longer prefix"])
@pytest.mark.parametrize("suffix", ["", "!", "!!", "!!!"])
def test_rule_25_base64_of_a_secret_is_masked_at_each_of_three_shifts(prefix: str, suffix: str) -> None:
    secret = "Kf8%xQ2&vW9~zL"
    encoded = base64.b64encode(f"{prefix}{secret}{suffix}".encode()).decode()
    masked = Masker([secret]).mask_text(encoded)
    visible = masked.split("***")
    assert "***" in masked
    assert sum(map(len, visible)) <= len(base64.b64encode(f"{prefix}{suffix}".encode())) + 6


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_rule_25_base64_of_a_secret_without_its_first_bytes_is_masked_as_the_runner_does(shift: int) -> None:
    secret = "Kf8%xQ2&vW9~zL?>?>"
    encoded = base64.b64encode(secret.encode()[shift:])
    assert Masker([secret]).mask(encoded).rstrip(b"=") == b"***"
    assert Masker([secret]).mask(encoded.translate(bytes.maketrans(b"+/", b"-_"))).rstrip(b"=") == b"***"


def test_rule_25_each_line_of_a_multi_line_secret_is_masked() -> None:
    masker = Masker(["-----BEGIN KEY-----\nMIIabc\r\n  Zm9v  \n-----END KEY-----\n"])
    text = "x -----BEGIN KEY----- y\nMIIabc\nZm9v!\n-----END KEY-----"
    assert masker.mask_text(text) == "x *** y\n***\n***!\n***"


def test_rule_25_a_multi_line_secret_in_one_line_of_json_is_masked() -> None:
    secret = "first line\nsecond line"
    assert Masker([secret]).mask_text(f'{{"key": {json.dumps(secret)}}}') == '{"key": "***"}'


def test_braces_of_a_json_secret_are_no_secrets_but_its_values_are() -> None:
    masker = Masker(['{\n  "key": "topsecretvalue"\n},\n{\n}'])
    assert masker.mask_text('{ [1] }, "key": "topsecretvalue"') == "{ [1] }, ***"


def test_rule_25_surrounding_double_quotes_and_blanks_do_not_matter() -> None:
    assert Masker(['"quotedsecret"']).mask_text("quotedsecret") == "***"
    assert Masker(["  padded  \n"]).mask_text("<padded>") == "<***>"


def test_rule_25_halves_that_powershell_tears_a_secret_into_are_masked() -> None:
    masker = Masker(["secretpart1&secretpart2&secretpart3", "anotherone1&+xotherpart2"])
    assert masker.mask_text("secretpart1&secretpart2& | secretpart3") == "*** | ***"
    assert masker.mask_text("anotherone1&+ | otherpart2") == "*** | ***"


def test_halves_and_encodings_that_are_too_short_stay_visible() -> None:
    masker = Masker(["ab&cdefghijk", "xyz"])
    assert masker.mask_text("ab& eHk eA") == "ab& eHk eA"
    assert masker.mask_text("xyz eHl6 cdefghijk") == "*** *** ***"


def test_a_short_secret_is_masked_whatever_its_length() -> None:
    assert Masker(["7"]).mask_text("a7b") == "a***b"


def test_a_long_secret_is_masked_as_a_whole_but_held_back_only_in_part() -> None:
    secret = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(150))
    stream = Masker([secret]).stream()
    start, end = stream.feed(b"<" + secret[:-1].encode()), stream.feed(secret[-1:].encode() + b">")
    assert start + end + stream.close() == b"<***>"
    assert start == b"<***"


def test_case_matters() -> None:
    assert Masker(["Hunter2"]).mask_text("hunter2 Hunter2 HUNTER2") == "hunter2 *** HUNTER2"


def test_blank_secrets_mask_nothing_and_known_ones_are_not_added_again() -> None:
    masker = Masker()
    assert [masker.add(secret) for secret in ["", "  \n", "real", "real"]] == [False, False, True, False]
    assert masker.mask_text("a  \n b") == "a  \n b"


def test_secrets_that_overlap_or_touch_become_one_mask() -> None:
    masker = Masker(["abcd", "cdef", "ghij"])
    assert masker.mask_text("-abcdef-abcdghij-") == "-***-***-"


def test_a_secret_that_is_no_utf_8_masks_its_bytes() -> None:
    secret = b"caf\xe9\xff!".decode("utf-8", "surrogateescape")
    assert Masker([secret]).mask(b"<caf\xe9\xff!>") == b"<***>"


def test_lone_surrogates_in_a_text_do_no_harm() -> None:
    assert Masker(["secret", "\ud800x"]).mask_text("\ud800x secret \udfff") == "*** *** \udfff"


def test_a_secret_added_later_is_masked_from_then_on() -> None:
    masker = Masker(["first"])
    assert masker.mask_text("first second") == "*** second"
    masker.add("second")
    assert masker.mask_text("first second") == "*** ***"


def test_rule_25_a_secret_split_over_two_writes_is_masked() -> None:
    for cut in range(1, len("supersecret")):
        stream = Masker(["supersecret"]).stream()
        first, second = stream.feed(b"a supersecret"[: 2 + cut]), stream.feed(b"supersecret b"[cut:])
        assert first == b"a "
        assert second + stream.close() == b"*** b"


def test_what_only_looked_like_a_secret_is_released() -> None:
    stream = Masker(["supersecret"]).stream()
    assert stream.feed(b"super") == b""
    assert stream.feed(b"visor ") == b"supervisor "
    assert stream.feed(b"supersecre") == b""
    assert stream.close() == b"supersecre"


def test_nothing_is_held_back_over_a_line_end() -> None:
    stream = Masker(["line one\nline two"]).stream()
    assert stream.feed(b"line one\n") == b"***\n"


_LETTERS = st.text(alphabet="ab", min_size=1, max_size=5)


@given(
    secrets=st.lists(_LETTERS, min_size=1, max_size=4),
    data=st.text(alphabet="abc\n", max_size=40).map(str.encode),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_any_cut_of_the_bytes_gives_the_masks_of_the_definition(
    secrets: list[str], data: bytes, cuts: list[int]
) -> None:
    expected = masked_by_definition(set().union(*map(secret_forms, secrets)), data)
    masker = Masker(secrets)
    assert masker.mask(data) == expected
    stream = masker.stream()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert b"".join(stream.feed(data[a:b]) for a, b in pairwise(places)) + stream.close() == expected


@pytest.mark.slow
def test_many_secrets_added_one_by_one_cost_little() -> None:
    masker = Masker()
    started = time.process_time()
    for number in range(300):
        secret = hashlib.sha256(bytes([number // 256, number % 256])).hexdigest()
        masker.add(secret)
        assert masker.mask_text(f"<{secret}>") == "<***>"
    assert len(masker.automata(0)) < 12
    assert time.process_time() - started < 5


def test_secrets_within_secrets_cannot_fill_the_memory() -> None:
    masker = Masker("a" * length for length in range(400, 0, -1))
    assert masker.mask(b"a" * 100_000) == b"***"
    assert len(masker.automata(0)[0].matches(b"a" * 1000)) <= 1000


@pytest.mark.slow
def test_megabytes_settle_on_one_fast_automaton_with_the_same_result() -> None:
    masker = Masker(["needle-one"])
    data = b"hay needle-one hay\n" * 200_000
    assert masker.mask(data) == b"hay *** hay\n" * 200_000
    masker.add("needle-two")
    assert masker.mask(b"needle-one needle-two") == b"*** ***"
    assert masker.mask(data) == b"hay *** hay\n" * 200_000
    assert [automaton.fast for automaton in masker.automata(0)] == [True]


def test_threads_can_add_and_mask_at_once() -> None:
    masker = Masker()
    failures: list[str] = []

    def work(number: int) -> None:
        for step in range(30):
            secret = f"thread{number}secret{step}end"
            masker.add(secret)
            if masker.mask_text(secret) != "***":
                failures.append(secret)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
