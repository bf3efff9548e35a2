import ipaddress

from loka_stratum.limits.admission import Admission
from loka_stratum.limits.bans import BanList
from loka_stratum.limits.bucket import Bucket


def bans(**changes: object) -> BanList:
    settings: dict[str, object] = {"offences": 2, "duration": 10.0, "capacity": 3}
    return BanList(**(settings | changes))  # type: ignore[arg-type]  # the defaults' types are those of the signature


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=5, now=0)
    assert bucket.take(5, 0) == 0
    assert bucket.take(2, 0) == 0.2
    assert bucket.take(0, 0.2) == 0
    assert bucket.strikes == 1


def test_a_bucket_forgives_when_it_is_full_again() -> None:
    bucket = Bucket(rate=10, burst=5, now=0)
    bucket.take(20, 0)
    assert bucket.take(5, 100) == 0
    assert bucket.strikes == 0


def test_a_ban_begins_with_the_last_offence_and_ends_by_itself() -> None:
    banned = bans()
    assert not banned.offend("a", 0)
    assert banned.offend("a", 1)
    assert banned.is_banned("a", 10.9)
    assert not banned.is_banned("a", 11)
    assert len(banned) == 0


def test_old_offences_do_not_count() -> None:
    banned = bans()
    banned.offend("a", 0)
    assert not banned.offend("a", 11)
    assert not banned.is_banned("a", 11)


def test_the_list_is_bounded_and_forgets_the_oldest() -> None:
    banned = bans(offences=1)
    for number in range(10):
        banned.offend(f"a{number}", number)
    assert [address for address, _ in banned.standing(9)] == ["a7", "a8", "a9"]
    banned.expire(18)
    assert [address for address, _ in banned.standing(18)] == ["a9"]


def test_trusted_networks_and_a_duration_of_zero_ban_nobody() -> None:
    trusting = bans(offences=1, trusted=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")))
    assert not trusting.offend("10.2.3.4", 0)
    assert not trusting.offend("::1", 0)
    assert trusting.offend("192.0.2.1", 0)
    assert not bans(offences=1, duration=0.0).offend("a", 0)


def test_connections_are_counted_in_all_and_by_address() -> None:
    admission = Admission(most=3, most_per_address=2, bans=bans(offences=1))
    assert [admission.enter(address, 0) for address in ("a", "a", "a", "b", "c")] == [
        None,
        None,
        "connections-per-address",
        None,
        "connections",
    ]
    admission.leave("a")
    assert admission.enter("c", 0) is None
    assert (admission.count, admission.addresses) == (3, 3)
    admission.bans.offend("b", 0)
    admission.leave("b")
    assert admission.enter("b", 0) == "banned"
