"""Severities out of words, scores and CVSS vectors. Unknown is an answer here; the reader says so in its report."""

from __future__ import annotations

from sluice.evidence.model import Severity

_WORDS = {
    "none": Severity.NONE,
    "info": Severity.NONE,
    "informational": Severity.NONE,
    "negligible": Severity.LOW,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "critical": Severity.CRITICAL,
}

_LONGEST_VECTOR = 400


def severity_of_word(word: str) -> Severity:
    """The severity that scanners call so (``moderate`` is medium, ``important`` high), whatever the case."""
    return _WORDS.get(word.strip().lower(), Severity.UNKNOWN)


def severity_of_score(score: float) -> Severity:
    """The rating of a CVSS score, by the scale of CVSS 3.1 and 4.0 (section "Qualitative Severity Rating Scale")."""
    match score:
        case _ if not 0 <= score <= 10:
            return Severity.UNKNOWN
        case _ if score == 0:
            return Severity.NONE
        case _ if score < 4:
            return Severity.LOW
        case _ if score < 7:
            return Severity.MEDIUM
        case _ if score < 9:
            return Severity.HIGH
        case _:
            return Severity.CRITICAL


def score_of_vector(vector: str) -> float | None:
    """The base score of a CVSS vector (2, 3.0, 3.1 or 4.0); nothing where the vector is malformed."""
    from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and its 20 ms few commands need pay
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]  # noqa: PLC0415 - goes with the line above

    text = vector.strip().removeprefix("(").removesuffix(")")
    if not 0 < len(text) <= _LONGEST_VECTOR:
        return None
    try:
        if text.startswith("CVSS:4"):
            return float(CVSS4(text).base_score)
        if text.startswith("CVSS:3"):
            return float(CVSS3(text).base_score)
        return float(CVSS2(text).base_score)
    except (CVSSError, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError):
        return None


def severity_of_vector(vector: str) -> Severity:
    """The rating of a CVSS vector; a version 2 vector is rated by the same scale."""
    score = score_of_vector(vector)
    return Severity.UNKNOWN if score is None else severity_of_score(score)


def worst(severities: list[Severity]) -> Severity:
    """The highest of the known ones; unknown where none is known."""
    known = [severity for severity in severities if severity.rank is not None]
    return max(known, key=lambda severity: severity.rank or 0, default=Severity.UNKNOWN)
