import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from sluice.evidence.model import Severity
from sluice.gates.policy.model import (
    Answer,
    BaselineKind,
    PolicyOrigin,
    PolicySource,
    RelativeLimit,
    SeverityLimit,
    ShiftLimit,
    ValueLimit,
)
from sluice.gates.policy.reading import read_policy
from sluice.source.errors import InvalidInputError
from sluice.source.rendering import render_diagnostic

CASES = Path(__file__).parents[2] / "cases/gates"
ERRORS = sorted((CASES / "err").glob("*.toml"))


def test_the_specified_policy_is_read_as_it_is_written() -> None:
    policy = read_policy((CASES / "specified.toml").read_text())
    assert policy.defaults.baseline == tuple(BaselineKind)
    assert (policy.defaults.missing, policy.defaults.new, policy.defaults.undecided) == ("fail", "pass", "warn")
    bench, image, coverage, vulnerability, age = policy.gates
    assert isinstance(bench.fail, RelativeLimit)
    assert bench.fail.change == Fraction(1, 5)
    assert isinstance(bench.warn, RelativeLimit)
    assert isinstance(image.fail, ShiftLimit)
    assert isinstance(coverage.fail, ShiftLimit)
    assert isinstance(vulnerability.fail, SeverityLimit)
    assert vulnerability.fail.severity is Severity.HIGH
    assert isinstance(age.warn, ValueLimit)
    assert (age.fail, str(age.span)) == (None, "sluice.toml:17:2")
    assert [(str(waiver.pattern), waiver.until) for waiver in policy.waivers] == [
        ("vulnerability/PYSEC-2026-1", dt.date(2027, 1, 31))
    ]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.stem)
def test_an_error_names_line_key_and_what_is_allowed(case: Path) -> None:
    text = case.read_text()
    with pytest.raises(InvalidInputError) as found:
        read_policy(text)
    shown = "".join(f"{render_diagnostic(one, text)}\n" for one in found.value.diagnostics)
    assert shown == case.with_suffix(".out").read_text()


def test_a_gate_may_set_what_the_gates_table_sets() -> None:
    policy = read_policy('[gates]\nnew = "warn"\n[gate.a]\nfail = "> 1"\nmissing = "pass"\nbaseline = ["same-run"]\n')
    settings = policy.gates[0].settings
    assert (settings.missing, settings.new) == (Answer.PASS, Answer.WARN)
    assert settings.baseline == (BaselineKind.SAME_RUN,)


def test_a_waiver_may_list_several_names() -> None:
    policy = read_policy('[[waive]]\ngate = ["a/*", "b"]\nuntil = 2027-01-31\nreason = "why"\n')
    assert [(str(one.pattern), one.reason) for one in policy.waivers] == [("a/*", "why"), ("b", "why")]


@pytest.mark.parametrize("names", ["[]", '["a", ""]', "[1]", "3"])
def test_a_list_of_no_names_is_an_error(names: str) -> None:
    with pytest.raises(InvalidInputError) as found:
        read_policy(f'[[waive]]\ngate = {names}\nuntil = 2027-01-31\nreason = "why"\n')
    assert str(found.value.diagnostics[0].span).startswith("sluice.toml:2:")


def test_a_list_of_no_baselines_is_an_error_and_no_list_is_all() -> None:
    with pytest.raises(InvalidInputError) as found:
        read_policy("[gates]\nbaseline = []\n")
    (one,) = found.value.diagnostics
    assert (str(one.span), one.message, one.allowed) == ("sluice.toml:2:12", "baseline names none", tuple(BaselineKind))


@pytest.mark.parametrize("share", ["0%", "0.0 %", "100%", "1e-3%", "1"])
def test_a_share_of_false_alarms_lies_above_nothing_and_below_all(share: str) -> None:
    with pytest.raises(InvalidInputError, match="false-alarms must be a share above 0 %"):
        read_policy(f'[gates]\nfalse-alarms = "{share}"\n')


def test_a_gate_without_a_pattern_is_an_error() -> None:
    with pytest.raises(InvalidInputError, match="a gate needs a pattern"):
        read_policy('[gate.""]\nfail = "> 1"\n')


def test_a_text_without_gates_is_an_empty_policy() -> None:
    assert read_policy("[run]\njobs = 2\n").gates == ()


def test_the_accepted_share_of_false_alarms_is_read() -> None:
    assert read_policy('[gates]\nfalse-alarms = "0.5%"\n').false_alarms == 0.005


def test_a_policy_says_where_it_came_from() -> None:
    origin = PolicyOrigin(source=PolicySource.BASE_COMMIT, commit="0123456789abcdef")
    assert str(read_policy("", origin).origin) == "sluice.toml of the base commit 0123456"
    assert str(read_policy("").origin) == "sluice.toml of the working tree"


def test_a_policy_that_stands_in_for_a_commit_s_says_so() -> None:
    origin = PolicyOrigin(without="0123456789abcdef")
    assert str(read_policy("", origin).origin) == "sluice.toml of the working tree, for commit 0123456 has none"


def test_a_gate_that_is_written_among_the_settings_for_all_is_told_its_place() -> None:
    with pytest.raises(InvalidInputError) as found:
        read_policy('[gates]\nmissng = "pass"\n[gates."image/*"]\nfail = "> 1"\n')
    place, spelling = sorted(found.value.diagnostics, key=lambda one: one.hint or "", reverse=True)
    assert (str(place.span), place.hint) == ("sluice.toml:3:2", 'write [gate."image/*"]')
    assert (str(spelling.span), spelling.hint) == ("sluice.toml:2:1", "did you mean 'missing'?")


def test_keys_in_strings_and_inline_tables_have_a_place_too() -> None:
    text = 'note = """\n[gate.x]\nfail = "nonsense"\n"""\ngate = { x = { fail = "> 3 parsec" } }\n'
    with pytest.raises(InvalidInputError) as found:
        read_policy(text)
    assert str(found.value.diagnostics[0].span) == "sluice.toml:5:1"


def test_a_text_nested_without_end_is_an_error_like_others() -> None:
    with pytest.raises(InvalidInputError, match="nested too deeply"):
        read_policy("a = " + "[" * 100_000)
