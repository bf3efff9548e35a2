"""What of an engine is a job's: its names, what it sees, what it must leave alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from fake_engine import FakeEngine, SlowEngine, engine_of

from sluice.runners.container.by_steps.belongings import Belongings
from sluice.runners.container.by_steps.naming import CLAIM
from sluice.runners.container.leftovers.ownership import OWNED, OWNER

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)


def belongings(engine: FakeEngine, job: str = "a") -> Belongings:
    return Belongings(engine_of(engine), {"job": job}, {"stack"}, NOW)


@pytest.mark.parametrize("kind", ["container", "network", "volume"])
async def test_two_jobs_that_give_the_same_name_at_once_each_have_a_thing_of_it(kind: str) -> None:
    engine, got = SlowEngine(), dict[str, str]()
    jobs = {key: belongings(engine, key) for key in ("a", "b")}

    async def ask(key: str) -> None:
        got[key] = await jobs[key].name(kind, "db")

    async with anyio.create_task_group() as group:
        for key in jobs:
            group.start_soon(ask, key)
    first, second = sorted(jobs, key=lambda key: len(got[key]))
    assert (got[first], got[second]) == ("db", f"db-{jobs[second].mark}")
    assert (jobs[first].names, jobs[second].names) == ({}, {kind: {"db": f"db-{jobs[second].mark}"}})
    assert await jobs[second].name(kind, "db") == got[second]


async def test_a_name_that_the_machine_has_is_another_one_for_the_job() -> None:
    engine = FakeEngine(
        containers=[
            {"Id": "1", "Names": ["/db"], "Labels": None},
            {"Id": "2", "Names": ["/own"], "Labels": {"job": "a"}},
        ],
        volumes=[{"Name": "data", "Labels": {}}],
    )
    own = belongings(engine)
    assert await own.name("container", "db") == f"db-{own.mark}"
    assert [await own.name("container", "own"), await own.name("network", "db")] == ["own", "db"]
    await own.bind("data")
    await own.bind("new")
    marked = engine.of("volumes", "job=a", OWNED)
    assert [one["Name"] for one in marked if CLAIM not in one["Labels"]] == [f"data-{own.mark}", "new"]


async def test_what_a_marked_project_has_is_called_as_if_it_had_no_mark() -> None:
    machines = [{"Id": "9", "Names": ["/shop-web-1"], "Labels": {}}]
    engine = FakeEngine(containers=machines, networks=[], volumes=[], images=[])
    own = belongings(engine)
    own.mark_project("shop-1f", "shop")
    await own.see_projects()
    assert (own.names, await own.others("container", ["shop-web-1"])) == ({}, ["shop-web-1"])
    engine.things["containers"].append({"Id": "1", "Names": ["/shop-1f-web-1"], "Labels": {"job": "a"}})
    engine.things["networks"].append({"Id": "2", "Name": "shop-1f_default", "Labels": {"job": "a"}})
    engine.things["volumes"].append({"Name": "shop-1f_data", "Labels": {"job": "a"}})
    engine.things["images"] += [{"Id": "3", "RepoTags": ["shop-1f-web:latest"]}, {"Id": "4", "RepoTags": None}]
    await own.see_projects()
    assert own.names == {
        "container": {"shop-web-1": "shop-1f-web-1"},
        "network": {"shop_default": "shop-1f_default"},
        "volume": {"shop_data": "shop-1f_data"},
        "image": {"shop-web": "shop-1f-web:latest", "shop-web:latest": "shop-1f-web:latest"},
    }
    assert await own.others("container", ["shop-web-1"]) == []


async def test_a_name_of_a_process_that_is_gone_is_free() -> None:
    engine = FakeEngine()
    assert await belongings(engine, "b").name("container", "db") == "db"
    engine.things["volumes"][0]["Labels"][OWNER] = "999999999 1.0"
    assert await belongings(engine).name("container", "db") == "db"


async def test_what_is_shown_is_the_jobs() -> None:
    engine = FakeEngine(
        containers=[
            {"Id": "mine", "Names": ["/a"], "Labels": {"job": "a"}},
            {"Id": "of-stack", "Names": ["/b"], "Labels": {"com.docker.compose.project": "stack"}},
            {"Id": "theirs", "Names": ["/c"], "Labels": {"job": "b"}},
        ],
        networks=[{"Id": "n1", "Name": "bridge", "Labels": {}}, {"Id": "n2", "Name": "x", "Labels": {}}],
        volumes=[{"Name": "d.1", "Labels": {"job": "a"}}, {"Name": "other", "Labels": None}],
    )
    own = belongings(engine)
    await own.name("container", "a")
    assert await own.shown("container") == ["mine", "of-stack"]
    assert await own.shown("network") == ["n1"]
    assert await own.shown("volume") == ["d.1"], "and no claim"
    nobody = belongings(FakeEngine())
    assert [await nobody.shown("container"), await nobody.shown("volume")] == [[], []]


async def test_what_is_there_and_not_the_jobs_is_known() -> None:
    engine = FakeEngine(
        containers=[
            {"Id": "1", "Names": ["/db"], "Labels": {"job": "b"}},
            {"Id": "2", "Names": ["/mine"], "Labels": {"job": "a"}},
        ],
        networks=[{"Id": "3", "Name": "net", "Labels": None}],
    )
    own = belongings(engine)
    assert await own.others("container", ["db", "1", "mine", "2", "nothing"]) == ["db", "1"]
    assert await own.others("network", ["net", "nothing"]) == ["net"]
    engine.things["containers"].append(
        {"Id": "4", "Names": [f"/{await own.name('container', 'db')}"], "Labels": {"job": "a"}}
    )
    assert await own.others("container", ["db"]) == [], "that is what the job calls its own"


@pytest.mark.parametrize(
    ("name", "image", "others"),
    [
        ("db:1", {"Id": "old", "RepoTags": ["db:1", "mine:1"]}, True),
        ("mine:1", {"Id": "old", "RepoTags": ["db:1", "mine:1"]}, False),
        ("mine", {"Id": "old", "RepoTags": ["db:1", "mine:latest"]}, False),
        ("old", {"Id": "old", "RepoTags": ["db:1", "mine:1"]}, True),
        ("mine:1", {"Id": "bare", "RepoTags": ["mine:1"]}, True),
        ("db:1", {"Id": "pulled", "RepoTags": ["db:1"]}, False),
        ("db:1", {"Id": "old", "RepoTags": ["db:1"], "Created": (NOW + timedelta(seconds=1)).isoformat()}, False),
    ],
)
async def test_an_image_that_was_here_before_the_job_is_not_its_own_whatever_name_the_job_gave_it(
    name: str, image: dict[str, Any], others: bool
) -> None:
    images: list[dict[str, Any]] = [{"Id": "old", "RepoTags": ["db:1"]}, {"Id": "bare", "RepoTags": None}]
    engine = FakeEngine(images=[*images])
    own = belongings(engine)
    await own.see_images()
    tagged = {"LastTagTime": (NOW + timedelta(seconds=1)).isoformat()}
    engine.things["images"] = [
        {"Created": (NOW - timedelta(days=9)).isoformat(), **image, "Name": name, "Metadata": tagged}
    ]
    assert await own.others("image", [name]) == [name] * others
    if "Created" not in image:
        nobody = belongings(engine)
        assert await nobody.others("image", [name]) == [name], "of what is not known"
