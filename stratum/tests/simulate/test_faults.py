import pytest

from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.faults import FaultError, Faults, happens, read_faults


def test_every_fault_can_be_ordered() -> None:
    text = "slow=200ms,disconnect-after=100,silent-after=7, reject=5%,malformed=0.5%,reconnect=1.5m"
    assert read_faults(text) == Faults(
        slow=0.2, disconnect_after=100, silent_after=7, reject=0.05, malformed=0.005, reconnect=90.0
    )


def test_nothing_ordered_is_no_fault() -> None:
    assert read_faults("") == Faults()


def test_reconnect_alone_is_after_half_a_minute() -> None:
    assert read_faults("reconnect").reconnect == 30.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "fast",
            "'fast' is no fault; these are: slow, disconnect-after, silent-after, reject, malformed, reconnect",
        ),
        ("slow", "slow takes a duration such as 200ms, 5s or 1m, not ''"),
        ("slow=-1s", "slow takes a duration such as 200ms, 5s or 1m, not '-1s'"),
        ("reconnect=", "reconnect takes a duration such as 200ms, 5s or 1m, not ''"),
        ("disconnect-after=0", "disconnect-after takes a number of shares, 1 or more, not '0'"),
        ("silent-after=²", "silent-after takes a number of shares, 1 or more, not '²'"),
        ("reject=0.05", "reject takes a percentage up to 100%, such as 5%, not '0.05'"),
        ("malformed=101%", "malformed takes a percentage up to 100%, such as 5%, not '101%'"),
    ],
)
def test_what_can_not_be_ordered_is_said(text: str, words: str) -> None:
    with pytest.raises(FaultError) as raised:
        read_faults(text)
    assert str(raised.value) == words


def test_chance_is_what_was_ordered_and_repeats() -> None:
    first, second = ([happens(random, 0.2) for _ in range(5000)] for random in (seeded(1), seeded(1)))
    assert first == second
    assert 900 < sum(first) < 1100
    assert not any(happens(seeded(1), 0) for _ in range(100))
    assert all(happens(seeded(seed), 1) for seed in range(100))
