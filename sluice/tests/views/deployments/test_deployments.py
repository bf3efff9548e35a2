"""Environments, their history and differences, as they are read."""

from __future__ import annotations

from deployments import entries, release, requested

from sluice.delivery.deployment.events import Failed, Finished, Prepared, RolledBack, Switched
from sluice.delivery.deployment.state import fold_all
from sluice.targets.protocol import Part, Standing
from sluice.views.deployments.facts import Difference, Status
from sluice.views.deployments.tables import difference_lines, history_lines, status_lines
from sluice.views.text.glyphs import UNICODE
from sluice.views.text.lines import plain

DEPLOYMENTS = fold_all(
    [
        *entries(1, requested("a"), Prepared(), Switched(), Finished()),
        *entries(2, requested("b", previous="a"), Failed(reason="ill\nwords"), RolledBack(reason="ill\nwords")),
    ]
)


def test_status() -> None:
    parts = (Part(name="blue a (live)", state="running", well=True),)
    shown = status_lines(
        [
            Status(
                environment="staging",
                kind="process",
                live=DEPLOYMENTS[0],
                under_way=None,
                last=DEPLOYMENTS[1],
                health="healthy",
                ill="",
                url="http://here",
                standing=Standing(live=1, parts=parts),
            )
        ],
        3720,
        UNICODE,
    )
    assert [plain(one) for one in shown] == [
        "  environment  version  since    health   target   url",
        "✓ staging      a        1 h ago  healthy  process  http://here",
        "    · blue a (live)  running",
        "    staging-2: b was rolled back: ill",
    ]


def test_history() -> None:
    assert [plain(one) for one in history_lines(DEPLOYMENTS[::-1], 3600, UNICODE)] == [
        "✗ staging-2  a → b  rolled back  ada  2m 00s  1 h ago",
        "    ill",
        "    words",
        "✓ staging-1  a      finished     ada  3m 00s  1 h ago",
    ]


def test_a_difference() -> None:
    found = Difference(
        here=release("a"),
        there=release("b"),
        commits=tuple(f"c{number} Change" for number in range(14)),
        dropped=(),
        changelog=("+- News",),
        configuration=(),
    )
    shown = [plain(one) for one in difference_lines(found, "staging", UNICODE)]
    assert shown[:4] == ["staging  a › b", "", "  14 commits", "    c0 Change"]
    assert shown[-4:] == ["    and 2 more", "", "  changelog", "    +- News"]


def test_no_difference() -> None:
    nothing = Difference(here=release("a"), there=release("a"), commits=(), dropped=(), changelog=(), configuration=())
    assert plain(difference_lines(nothing, "staging", UNICODE)[-1]) == "  nothing would change"
