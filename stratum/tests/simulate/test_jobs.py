from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.jobs import FIRST_SIZE, Job, TemplateMaker, read_job
from loka_stratum.simulate.work import branches_of, double_sha256, root_of


def number(data: bytes, place: int, size: int) -> int:
    return int.from_bytes(data[place : place + size], "little")


def test_a_job_survives_its_way_through_a_notification() -> None:
    job = TemplateMaker(seeded(1)).template(1_700_000_000).job
    assert read_job(job.params(clean=True)) == job


def test_a_notification_has_what_the_protocol_says() -> None:
    job = TemplateMaker(seeded(1)).template(0x65000000).job
    identifier, previous, head, tail, branches, version, bits, time, clean = job.params(clean=False)
    assert (identifier, version, bits, time, clean) == ("1", "20000000", "1d00ffff", "65000000", False)
    assert len(previous) == 64
    assert all(len(branch) == 64 for branch in branches)
    assert bytes.fromhex(head + tail)


def test_the_same_seed_gives_the_same_templates() -> None:
    first, second, other = (TemplateMaker(seeded(seed)) for seed in (1, 1, 2))
    assert [first.template(7) for _ in range(3)] == [second.template(7) for _ in range(3)]
    assert first.template(7) != other.template(7)


def test_a_templates_coinbase_is_a_transaction_with_the_height_and_room_for_both_extranonces() -> None:
    maker = TemplateMaker(seeded(3), second_size=8)
    job = maker.template(7).job
    coinbase = job.head + bytes(FIRST_SIZE + 8) + job.tail
    assert number(coinbase, 0, 4) == 1
    assert coinbase[4] == 1
    assert coinbase[5:41] == bytes(32) + b"\xff\xff\xff\xff"
    script = coinbase[42 : 42 + coinbase[41]]
    assert number(script, 1, script[0]) == maker.height
    rest = coinbase[42 + coinbase[41] :]
    assert rest[:5] == b"\xff\xff\xff\xff\x01"
    assert number(rest, 5, 8) >= 312_500_000
    assert len(rest) == 5 + 8 + 1 + rest[13] + 4


def test_a_templates_branches_stand_for_its_transactions() -> None:
    template = TemplateMaker(seeded(3)).template(7)
    hashes = [double_sha256(transaction) for transaction in template.transactions]
    assert list(template.job.branches) == branches_of(hashes)
    assert template.transactions


def test_a_found_block_is_what_the_next_template_stands_on() -> None:
    maker = TemplateMaker(seeded(3))
    before, same = maker.template(7).job, maker.template(7).job
    maker.found_block()
    after = maker.template(7).job
    assert before.previous == same.previous != after.previous
    assert len({before.id, same.id, after.id}) == 3
    assert after.previous.endswith(bytes(4)), "a block's hash ends in zeros, as it is hashed"


def test_a_header_has_the_extranonce_in_its_root() -> None:
    job = Job(id="1", previous=b"\x11" * 32, head=b"a", tail=b"z", branches=(b"\x22" * 32,), version=4, bits=5, time=6)
    made = job.header(b"bc", version=0x20000000, time=7, nonce=8)
    assert made[36:68] == root_of(b"abcz", [b"\x22" * 32])
    assert made[:4] + made[68:] == bytes.fromhex("00000020 07000000 05000000 08000000")
