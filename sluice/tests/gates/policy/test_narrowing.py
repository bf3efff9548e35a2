import pytest

from sluice.gates.policy.narrowing import narrow
from sluice.gates.policy.reading import read_policy
from sluice.source.errors import UsageError

POLICY = read_policy(
    "".join(f'[gate."{name}"]\nfail = "> 1"\n' for name in ("bench/**", "test/count", "test/*", "code/*"))
    + "".join(
        f'[[waive]]\ngate = "{name}"\nuntil = 2027-01-01\nreason = "x"\n'
        for name in ("code/B1", "test/a", "report-problem/*")
    )
)


@pytest.mark.parametrize(
    ("only", "gates", "waivers"),
    [
        ((), ["bench/**", "test/count", "test/*", "code/*"], ["code/B1", "test/a", "report-problem/*"]),
        (("test/**",), ["test/count", "test/*"], ["test/a", "report-problem/*"]),
        (("bench/**", "code/*"), ["bench/**", "code/*"], ["code/B1", "report-problem/*"]),
    ],
)
def test_gates_are_chosen_by_name_with_their_waivers(
    only: tuple[str, ...], gates: list[str], waivers: list[str]
) -> None:
    narrowed = narrow(POLICY, only)
    assert [gate.pattern.text for gate in narrowed.gates] == gates
    assert [waiver.pattern.text for waiver in narrowed.waivers] == waivers


def test_a_name_that_fits_no_gate_is_an_error() -> None:
    with pytest.raises(UsageError, match="'tests/\\*' names no gate") as caught:
        narrow(POLICY, ["tests/*"])
    assert caught.value.hint == "gates: bench/**, test/count, test/*, code/*"
