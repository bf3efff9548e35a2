"""Severities out of words, scores and vectors of every version of CVSS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.evidence.model import Severity
from sluice.evidence.severities import severity_of_score, severity_of_vector, severity_of_word, worst


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", Severity.CRITICAL),  # 10.0
        ("(AV:N/AC:M/Au:N/C:P/I:N/A:N)", Severity.MEDIUM),  # 4.3
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", Severity.HIGH),  # 8.6
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity.CRITICAL),  # 9.8
        ("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", Severity.LOW),  # 1.8
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Severity.NONE),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Severity.CRITICAL),  # 9.3
        ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", Severity.MEDIUM),  # 4.8
        ("CVSS:3.1/AV:N", Severity.UNKNOWN),
        ("CVSS:9.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity.UNKNOWN),
        ("", Severity.UNKNOWN),
        ("7.5", Severity.UNKNOWN),
        ("CVSS:3.1/" + "AV:N/" * 1000, Severity.UNKNOWN),
    ],
)
def test_a_vector_is_rated(vector: str, expected: Severity) -> None:
    assert severity_of_vector(vector) is expected


@given(st.text(alphabet="CVSS:34.01/ANLPHUIRCTM", max_size=60))
def test_any_text_is_a_vector_or_unknown(text: str) -> None:
    assert severity_of_vector(text) in Severity
    assert severity_of_vector(f"CVSS:3.1/{text}") in Severity
    assert severity_of_vector(f"CVSS:4.0/{text}") in Severity


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, Severity.NONE),
        (0.1, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
        (10.1, Severity.UNKNOWN),
        (-1.0, Severity.UNKNOWN),
        (float("nan"), Severity.UNKNOWN),
    ],
)
def test_a_score_is_rated_on_the_scale_of_cvss(score: float, expected: Severity) -> None:
    assert severity_of_score(score) is expected


def test_words_of_every_tool_are_known() -> None:
    words = ["Moderate", "important", "NEGLIGIBLE", " info ", "catastrophic"]
    assert [severity_of_word(word).value for word in words] == ["MEDIUM", "HIGH", "LOW", "NONE", "UNKNOWN"]


def test_the_worst_is_the_highest_that_is_known() -> None:
    assert worst([Severity.UNKNOWN, Severity.LOW, Severity.HIGH]) is Severity.HIGH
    assert worst([Severity.UNKNOWN]) is Severity.UNKNOWN
    assert worst([]) is Severity.UNKNOWN
