from copy import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID

from loka_stratum.proxy.house.stamps import Stamps


def test_an_identifier_is_a_uuid_of_version_7_of_now() -> None:
    before = datetime.now(UTC)
    made, _ = Stamps().new(1.0)
    assert made == UUID(str(made)) == copy(made)
    assert (made.version, made.variant, hash(made)) == (7, "specified in RFC 4122", hash(UUID(str(made))))
    milliseconds = (made.int >> 80) / 1000
    assert before.timestamp() - 0.002 <= milliseconds <= datetime.now(UTC).timestamp()


def test_identifiers_differ_and_rise_within_a_millisecond_and_over_it() -> None:
    stamps = Stamps()
    made = [stamps.new(count * 0.0001)[0] for count in range(1000)]
    assert len(set(made)) == 1000
    assert made == sorted(made)


def test_two_processes_share_no_identifier() -> None:
    one, other = Stamps(), Stamps()
    assert not {one.new(0.0)[0] for _ in range(1000)} & {other.new(0.0)[0] for _ in range(1000)}


def test_the_time_of_day_is_made_anew_when_a_millisecond_has_passed() -> None:
    stamps = Stamps()
    first = stamps.time(5.0)
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=1)
    assert stamps.time(5.0009) is first
    assert stamps.new(5.0009)[1] is first
    assert stamps.time(5.0011) > first
