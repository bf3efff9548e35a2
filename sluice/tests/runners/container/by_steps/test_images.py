"""Names of images that several jobs and the machine give: each job has its own, the machine gets its own back."""

from __future__ import annotations

from typing import Any, cast

import anyio
import pytest

from sluice.runners.container.by_steps import images
from sluice.runners.container.by_steps.images import JobImages
from sluice.runners.container.engine import Engine, EngineError

pytestmark = pytest.mark.anyio


class Images:
    """An engine's names of images, and their ids."""

    address = "unix:///run/images.sock"

    def __init__(self, **names: str) -> None:
        self.names = {name.replace("_", ":"): identity for name, identity in names.items()}

    async def call(self, name: str, *words: str) -> Any:  # noqa: ANN401 - as the real one
        if name == "remove_image":
            return self.names.pop(words[0], None)
        if name == "images":
            return [{"Id": identity, "RepoTags": [name]} for name, identity in self.names.items()]
        if name == "tag":
            identity, repository, tag = words
            self.names[f"{repository}:{tag}"] = identity
            return True
        found = words[0] if words[0].startswith("sha256:") else self.names.get(words[0])
        if found is None:
            raise EngineError(f"no such image: {words[0]}")
        return {"Id": found}


def of_job(engine: Images, run: str, mark: str = "") -> JobImages:
    return JobImages(cast("Engine", engine), run, mark)


async def test_two_jobs_give_one_name_and_the_machine_gets_its_own_back() -> None:
    engine = Images(app_1="sha256:machine", other_latest="sha256:other")
    one, two = of_job(engine, "r"), of_job(engine, "r")
    await one.see()
    engine.names["app:1"] = "sha256:one"
    await one.made({"docker.io/library/app:1": ["app:1"]})
    await two.see()
    engine.names |= {"app:1": "sha256:two", "new:latest": "sha256:two"}
    await two.made({"app:1": ["sha256:two"], "new": ["sha256:two"]})
    await two.take_back()
    assert two.contested == {"app:1": "sha256:two"}, "a job of this run gave the name, too"
    await one.take_back()
    assert (engine.names["app:1"], one.contested) == ("sha256:one", {"app:1": "sha256:one"})
    await two.take_back()
    assert engine.names["app:1"] == "sha256:two"
    await one.give_back()
    assert engine.names["app:1"] == "sha256:two", "the other job has it"
    await two.give_back()
    assert engine.names == {"app:1": "sha256:machine", "other:latest": "sha256:other", "new:latest": "sha256:two"}


async def test_a_name_that_another_process_gave_is_contested_from_then_on() -> None:
    engine = Images(app_latest="sha256:own")
    job = of_job(engine, "alone")
    await job.made({"app": ["app:latest"]})
    await job.take_back()
    assert job.contested == {}
    engine.names["app:latest"] = "sha256:other"
    await job.take_back()
    assert job.contested == {"app": "sha256:own", "app:latest": "sha256:own"}


async def test_a_name_that_the_job_removed_does_not_come_again() -> None:
    engine = Images(app_latest="sha256:own")
    job = of_job(engine, "removed")
    await job.made({"app": ["app:latest"]})
    del engine.names["app:latest"]
    await job.take_back()
    assert engine.names == {}


async def test_an_image_that_is_not_there_has_no_name() -> None:
    engine = Images()
    job = of_job(engine, "none")
    await job.made({"app": ["app:latest"]})
    await job.take_back()
    await job.give_back()
    assert engine.names == {}


async def test_a_name_that_another_job_removed_comes_again_and_one_that_the_job_removed_does_not() -> None:
    engine = Images(app_latest="sha256:machine")
    one, two = of_job(engine, "rm"), of_job(engine, "rm")
    await one.see()
    await one.made({"app": ["sha256:one"]})
    await two.made({"app": ["sha256:two"]})
    await one.take_back()
    await two.take_back()
    del engine.names["app:latest"]
    await two.removed(["app"])
    await two.take_back()
    assert (engine.names, two.contested) == ({}, {})
    await one.take_back()
    assert engine.names == {"app:latest": "sha256:one"}
    await one.removed(["app"])
    assert engine.names == {"app:latest": "sha256:one"}, "it is there"
    await one.give_back()
    await two.give_back()
    assert engine.names == {"app:latest": "sha256:machine"}


async def test_the_first_that_is_there_of_what_may_be_the_id_is_the_image() -> None:
    engine = Images(app_1="sha256:other")
    job = of_job(engine, "ids")
    await job.made({"app:1": ["gone", "sha256:own"], "none": ["gone"]})
    await job.take_back()
    assert engine.names == {"app:1": "sha256:own"}


async def test_what_a_project_builds_has_a_name_of_the_jobs_own_and_those_that_its_file_gives_lead_there() -> None:
    engine = Images(app_1="sha256:old")
    one, two = of_job(engine, "places", "a1"), of_job(engine, "places", "b2")
    await one.see()
    assert await one.place({"app:1": "app:1", "more": "app:1", "tag": "stack-web"}) == {"app:1": "app:1-a1"}
    assert await two.place({"app:1": "app:1"}) == {"app:1": "app:1-b2"}
    assert engine.names == {"app:1": "sha256:old"}, "what the machine has from before is built again"
    engine.names |= {"app:1-a1": "sha256:one", "app:1-b2": "sha256:two", "stack-web": "sha256:web"}
    await one.take_back()
    assert engine.names["app:1"] == engine.names["more:latest"] == "sha256:one"
    assert engine.names["tag:latest"] == "sha256:web"
    await two.take_back()
    assert (engine.names["app:1"], two.contested) == ("sha256:two", {"app:1": "sha256:two"})
    await two.made({"app:1": ["sha256:three"]})
    assert engine.names["app:1-b2"] == "sha256:three", "what it is called by another command is what the project has"
    del engine.names["app:1"]
    await two.removed(["app:1"])
    assert "app:1-b2" not in engine.names
    await one.give_back()
    assert "app:1-a1" not in engine.names
    assert await two.place({"more": "more"}) == {"more": "more:latest-b2"}
    assert engine.names["more:latest-b2"] == "sha256:one", "a job that ended gave it"


async def test_what_another_job_of_the_run_made_is_not_this_ones() -> None:
    engine = Images(app_1="sha256:two", old_1="sha256:old")
    one, two = of_job(engine, "theirs"), of_job(engine, "theirs")
    await two.made({"app:1": ["app:1"]})
    assert [await one.are_others(name) for name in ("app:1", "sha256:two", "old:1", "none")] == [
        True,
        True,
        False,
        False,
    ]
    assert not await two.are_others("app:1")
    await one.made({"same:1": ["sha256:two"]})
    assert not await one.are_others("app:1"), "both made it"


async def test_a_name_that_a_job_holds_is_left_alone_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Images(app_1="sha256:one")
    one, two = of_job(engine, "held"), of_job(engine, "held")
    await one.made({"app:1": ["sha256:one"]})
    await two.made({"app:1": ["sha256:two"]})
    await one.hold(["app:1", "unknown"])
    await two.take_back()
    assert (engine.names["app:1"], two.contested) == ("sha256:one", {"app:1": "sha256:two"})
    with anyio.move_on_after(0.1) as waiting:
        await two.hold(["app:1"])
    assert waiting.cancelled_caught
    await one.hold([])
    await two.hold(["app:1"])
    await two.take_back()
    assert engine.names["app:1"] == "sha256:two"
    monkeypatch.setattr(images, "_HELD_SECONDS", 0.1)
    await two.hold(["app:1"])
    await one.hold(["app:1"])
    await one.take_back()
    assert engine.names["app:1"] == "sha256:one", "whoever was killed holds nothing for ever"


async def test_beside_another_job_an_image_is_called_by_its_id_before_that_one_gives_the_name() -> None:
    """A command that is on its way when the other gives it would find the other's."""
    engine = Images(app_latest="sha256:one")
    one, two = of_job(engine, "beside"), of_job(engine, "beside")
    await one.see()
    await one.made({"app": ["app:latest"]})
    assert one.identities == {}, "alone it is called as it is written"
    await two.see()
    assert one.identities == {"app": "sha256:one", "app:latest": "sha256:one"}
    assert two.identities == {}
    await two.give_back()
    assert one.identities == {}


async def test_a_name_that_another_job_removed_comes_again_though_none_looked_meanwhile() -> None:
    engine = Images(app_latest="sha256:one")
    one, two = of_job(engine, "unseen"), of_job(engine, "unseen")
    await one.made({"app": ["app:latest"]})
    engine.names["app:latest"] = "sha256:two"
    await two.made({"app": ["app:latest"]})
    await one.take_back()
    del engine.names["app:latest"]
    await one.removed(["app"])
    await two.take_back()
    assert engine.names == {"app:latest": "sha256:two"}


async def test_a_name_that_was_taken_before_it_was_told_comes_again() -> None:
    engine = Images()
    job = of_job(engine, "late")
    await job.made({"app": ["sha256:own"]})
    await job.take_back()
    assert engine.names == {"app:latest": "sha256:own"}
