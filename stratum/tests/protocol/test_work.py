import doctest
import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from loka_stratum.protocol import names, splicing, work
from loka_stratum.protocol.messages import MalformedError, decode
from loka_stratum.protocol.names import NameRefusedError, read_name
from loka_stratum.protocol.splicing import splice, with_clean_jobs
from loka_stratum.protocol.work import (
    Extranonce,
    read_difficulty,
    read_extranonce,
    read_job,
    read_mask,
    read_subscription,
)


@pytest.mark.parametrize("module", [names, splicing, work])
def test_the_documentations_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]  # modules are objects here


@pytest.mark.parametrize(
    ("result", "session"),
    [
        (b'[[["mining.set_difficulty","a"],["mining.notify","b"]],"08000002",4]', "b"),
        (b'[["mining.notify","b"],"08000002",4]', "b"),
        (b'[[],"08000002",4]', None),
        (b'[%b,"08000002",4]' % (b"[" * 900 + b"]" * 900), None),
        (b'[%b,"08000002",4]' % (b'["mining.notify",' * 900 + b'"b"' + b"]" * 900), None),
        (b'[null,"08000002",4,"more"]', None),
    ],
)
def test_a_subscription_is_read_in_every_shape_that_pools_write(result: bytes, session: str | None) -> None:
    found = read_subscription(Raw(result))
    assert (found.extranonce, found.session) == (Extranonce("08000002", 4), session)


@pytest.mark.parametrize(
    "result", [b"null", b"true", b"[]", b'[[],"xyz1",4]', b'[[],"080",4]', b'[[],"08",0]', b'[[],"08",9999]']
)
def test_a_subscription_without_an_extranonce_is_malformed(result: bytes) -> None:
    with pytest.raises(MalformedError):
        read_subscription(Raw(result))


@pytest.mark.parametrize(
    ("params", "difficulty"),
    [(b"[1024]", "1024"), (b"[0.001]", "0.001"), (b"[1e3]", "1E+3"), (b"[65536.00000001]", "65536.00000001")],
)
def test_a_difficulty_is_kept_exactly(params: bytes, difficulty: str) -> None:
    assert read_difficulty(Raw(params)) == Decimal(difficulty)


@pytest.mark.parametrize(
    "params", [b"[]", b"[0]", b"[-1]", b'["x"]', b"[null]", b"[1e400]", b"[1e-300]", b"{}", b"[true]"]
)
def test_a_difficulty_that_cannot_be_is_malformed(params: bytes) -> None:
    with pytest.raises(MalformedError):
        read_difficulty(Raw(params))


def test_a_job_is_read_by_its_id_and_whether_it_voids_others() -> None:
    assert read_job(Raw(b'["bf","00","01","02",[],"2","1c","50",true]')) == work.Job("bf", clean=True)
    with pytest.raises(MalformedError):
        read_job(Raw(b'["bf","00","01","02",[],"2","1c","50"]'))


def test_a_mask_has_eight_digits() -> None:
    assert read_mask("1FFFE000") == "1fffe000"
    assert read_mask("e000") == "0000e000"
    for wrong in (None, "", "123456789", "xyz", 5):
        with pytest.raises(MalformedError):
            read_mask(wrong)


def test_an_extranonce_is_hexadecimal() -> None:
    assert read_extranonce(Raw(b'["ABCD", 4]')) == Extranonce("abcd", 4)


def coinbase_hash(first_part: str, first: str, second: str, second_part: str) -> bytes:
    coinbase = bytes.fromhex(first_part + first + second + second_part)
    return hashlib.sha256(hashlib.sha256(coinbase).digest()).digest()


@given(
    st.tuples(st.binary(max_size=6), st.integers(1, 5)),
    st.tuples(st.binary(max_size=8), st.integers(1, 16)),
    st.binary(max_size=40),
    st.data(),
)
def test_spliced_work_hashes_to_the_pools_own_coinbase(
    own: tuple[bytes, int], pools: tuple[bytes, int], coinbase: bytes, data: st.DataObject
) -> None:
    (miner_first, miner_size), (pool_first, pool_size) = own, pools
    miner = Extranonce(miner_first.hex(), miner_size)
    pool = Extranonce(pool_first.hex(), pool_size)
    found = splice(miner, pool)
    if found is None:
        assert len(miner_first) + miner_size > pool_size
        return
    job = ["j", "00" * 32, coinbase.hex(), "ffff", [], "20000000", "1d00ffff", "65000000", True]
    rewritten = decode(Raw(found.work(Raw(work_params(job)))), list[object])
    second = data.draw(st.binary(min_size=miner_size, max_size=miner_size)).hex()
    sent = found.share(second)
    assert len(sent) == 2 * pool_size
    assert coinbase_hash(str(rewritten[2]), miner.first, second, "ffff") == coinbase_hash(
        coinbase.hex(), pool.first, sent, "ffff"
    )
    assert rewritten[3:] == job[3:]


def work_params(job: list[object]) -> bytes:
    return json.dumps(job).encode()


def test_work_that_voids_older_jobs_is_otherwise_the_same() -> None:
    job: list[object] = ["j", "00", "01", "02", ["aa"], "20000000", "1d00ffff", "65000000", False]
    assert decode(Raw(with_clean_jobs(work_params(job))), list[object]) == [*job[:8], True]


@pytest.mark.parametrize("name", ["", ".", ".rig", "a b", "a\nb", "x" * 129])
def test_names_that_cannot_be_used_are_refused(name: str) -> None:
    with pytest.raises(NameRefusedError):
        read_name(name)


def test_two_workers_of_different_users_are_told_apart_by_the_ledger_even_where_a_pool_cannot() -> None:
    one, other = read_name("a_b.c"), read_name("a.b_c")
    assert one.at_pool("P", ".", "_") == other.at_pool("P", ".", "_") == "P.a_b_c"
    assert (one.user, one.worker) != (other.user, other.worker)
