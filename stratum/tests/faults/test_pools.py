"""Pools that die, come back, are slow or talk nonsense, with miners at work: what they accepted is what is kept."""

import pytest
from proxies import until
from simulations import LastingPool, crowd, farm, more

from loka_stratum.shares import Verdict
from loka_stratum.simulate.faults import Faults

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_pool_dies_and_returns_and_every_miner_goes_on() -> None:
    pool = LastingPool(Faults(slow=0.05))
    async with farm(pool) as stand:
        async with crowd(stand.port) as miners:
            await more(lambda: miners.tally.accepted, 50)
            await pool.die()
            await until(lambda: not stand.proxy.house.pools.any_answers)
            await pool.start()
            await more(lambda: miners.tally.accepted, 50)
            await until(lambda: len(pool.now.tally.accepted_by_name) == 10, 10)  # each miner works for it again
        await until(lambda: len(stand.ledger.answers) == len(stand.ledger.shares))
        lost = stand.kept(Verdict.UNANSWERED)
        assert lost > 0, "shares on their way when it died are kept as such"
        assert stand.kept(Verdict.ACCEPTED) <= stand.accepted_by_pools() <= stand.kept(Verdict.ACCEPTED) + lost
        assert miners.tally.accepted <= stand.kept(Verdict.ACCEPTED)


async def test_miners_move_to_the_backup_and_return() -> None:
    first, second = LastingPool(seed=1), LastingPool(seed=2)
    async with farm(first, second) as stand:
        async with crowd(stand.port) as miners:
            await more(lambda: first.accepted, 50)
            assert second.accepted == 0
            await first.die()
            await more(lambda: second.accepted, 50)
            await first.start()
            await more(lambda: first.accepted, 50)
            await until(lambda: all(link.pool.name == "pool0" for link in stand.proxy.house.links), 10)
            served = second.accepted
            await more(lambda: first.accepted, 50)
            assert second.accepted == served
            assert miners.tally.connections == 10, "nobody had to connect again"
        lost = stand.kept(Verdict.UNANSWERED)
        assert stand.kept(Verdict.ACCEPTED) <= stand.accepted_by_pools() <= stand.kept(Verdict.ACCEPTED) + lost
        assert {share.pool for share in stand.ledger.shares.values()} == {"pool0", "pool1"}


async def test_a_pool_that_hangs_up_after_every_few_shares_costs_no_accepted_share() -> None:
    async with farm(LastingPool(Faults(disconnect_after=5))) as stand:
        async with crowd(stand.port) as miners:
            await more(lambda: miners.tally.accepted, 200, 40)
        await until(lambda: len(stand.ledger.answers) == len(stand.ledger.shares))
        assert stand.kept(Verdict.ACCEPTED) == stand.accepted_by_pools()
        assert stand.kept(Verdict.UNANSWERED) >= 10, "the share that is one too many was never looked at"


async def test_a_pool_that_talks_nonsense_refuses_and_is_slow_is_understood_all_the_same() -> None:
    pool = LastingPool(Faults(malformed=0.3, reject=0.2, slow=0.02))
    async with farm(pool) as stand:
        async with crowd(stand.port) as miners:
            await more(lambda: miners.tally.submitted, 300)
        assert miners.tally.connections == 10
        assert miners.tally.accepted == stand.kept(Verdict.ACCEPTED) == stand.accepted_by_pools() > 100
        refused = stand.kept(Verdict.REJECTED)
        assert refused == miners.tally.rejected.total() == pool.now.tally.refused.total() > 20
        assert stand.registry.value("stratum_protocol_parse_errors_total", "pool") > 20
        assert miners.tally.malformed_lines == 0, "nonsense stays on its side"


async def test_a_pool_that_falls_silent_is_left_for_the_backup() -> None:
    first, second = LastingPool(Faults(silent_after=3), seed=1), LastingPool(seed=2)
    async with farm(first, second, answer_timeout=0.5) as stand:
        async with crowd(stand.port, count=3) as miners:
            await more(lambda: second.accepted, 30)
        assert miners.tally.connections == 3
        assert stand.kept(Verdict.UNANSWERED) > 0
