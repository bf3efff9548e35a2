"""Names of images that several jobs and the machine give: each job has its own, the machine gets its own back."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sluice.runners.container.by_steps.images import JobImages, familiar, names_built
from sluice.runners.container.engine import Engine, EngineError

pytestmark = pytest.mark.anyio


class Images:
    """An engine's names of images, and their ids."""

    address = "unix:///run/images.sock"

    def __init__(self, **names: str) -> None:
        self.names = {name.replace("_", ":"): identity for name, identity in names.items()}

    async def call(self, name: str, *words: str) -> Any:  # noqa: ANN401 - as the real one
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


def of_job(engine: Images, run: str) -> JobImages:
    return JobImages(cast("Engine", engine), run)


async def test_two_jobs_give_one_name_and_the_machine_gets_its_own_back() -> None:
    engine = Images(app_1="sha256:machine", other_latest="sha256:other")
    one, two = of_job(engine, "r"), of_job(engine, "r")
    await one.see()
    engine.names["app:1"] = "sha256:one"
    await one.made(["docker.io/library/app:1"])
    await two.see()
    await two.made(["app:1", "new"], "sha256:two")
    engine.names |= {"app:1": "sha256:two", "new:latest": "sha256:two"}
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
    await job.made(["app"])
    await job.take_back()
    assert job.contested == {}
    engine.names["app:latest"] = "sha256:other"
    await job.take_back()
    assert job.contested == {"app": "sha256:own", "app:latest": "sha256:own"}


async def test_a_name_that_the_job_removed_does_not_come_again() -> None:
    engine = Images(app_latest="sha256:own")
    job = of_job(engine, "removed")
    await job.made(["app"])
    del engine.names["app:latest"]
    await job.take_back()
    assert engine.names == {}


async def test_an_image_that_is_not_there_has_no_name() -> None:
    engine = Images()
    job = of_job(engine, "none")
    await job.made(["app"], "sha256:gone" if engine.names else "")
    await job.take_back()
    await job.give_back()
    assert engine.names == {}


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("app", "app:latest"),
        ("docker.io/library/app:1", "app:1"),
        ("docker.io/acme/app", "acme/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
    ],
)
def test_a_name_is_as_the_engine_lists_it(name: str, listed: str) -> None:
    assert familiar(name) == listed


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("-t a --tag b --tag=c -td -qt e .", ["a", "b", "c", "d", "e"]),
        ("-t=a .", ["a"]),
        ("--target x --build-arg t=1 .", []),
        ("-f test .", []),
    ],
)
def test_the_names_that_a_build_gives(line: str, names: list[str]) -> None:
    assert names_built(line.split()) == names
