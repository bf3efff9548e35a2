"""The container engine that tests use, and the images in it: ``.ci/engine`` makes both, tests install nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from functools import cache, partial

import psutil
import pytest
from running import Ran

from sluice.runners.container.engine import Engine, EngineError, connect
from sluice.source.errors import UnavailableError

BUSYBOX, DEBIAN, PYTHON = "busybox:stable", "debian:bookworm-slim", "python:3.11-slim"


def running_engine(*images: str) -> Engine:
    """The engine of this machine, with these images; the test is skipped where one is missing and not on its way."""
    engine, reason = _connected()
    if engine is None:
        pytest.skip(f'{reason}; `eval "$(.ci/engine start)"` brings one to root')
    for image in images:
        while _are_being_made() and not _has(engine, image):
            time.sleep(0.5)
        if not _has(engine, image):
            pytest.skip(f"the container engine has no image {image}; `.ci/engine images` makes it")
    return engine


def _has(engine: Engine, image: str) -> bool:
    try:
        engine.translated(partial(engine.client.inspect_image, image))
    except EngineError:
        return False
    return True


def _are_being_made() -> bool:
    """Whether `.ci/engine images` is still at work beside the tests: the process that ``SLUICE_IMAGES`` names."""
    number = os.environ.get("SLUICE_IMAGES", "")
    try:
        return psutil.Process(int(number)).status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.NoSuchProcess):
        return False


@cache
def _connected() -> tuple[Engine | None, str]:
    try:
        return connect(), ""
    except UnavailableError as error:
        return None, error.message


def left_of(ran: Ran) -> list[str]:
    """Names of containers and networks that a run left in the engine, by the jobs that it had."""
    engine = running_engine()
    mark = {"label": [f"sluice.run={ran.state.run}"]}
    containers = engine.translated(partial(engine.client.containers, all=True, filters=mark))
    networks = engine.translated(partial(engine.client.networks, filters=mark))
    return [*(one["Names"][0] for one in containers), *(one["Name"] for one in networks)]


def buildx_for_jobs() -> str:
    """The line by which a job's script has the plug-in buildx: empty where the machine has it for everybody. Skips
    without one.
    """
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, which steps call")
    nobody = {**os.environ, "HOME": "/nonexistent"}
    if subprocess.run(["docker", "buildx", "version"], env=nobody, capture_output=True, check=False).returncode == 0:
        return ":"
    place = shutil.which("docker-buildx")
    if place is None:
        pytest.skip("there is no buildx: .ci/engine buildx compiles docker-buildx, which is to be on PATH")
    return f"mkdir -p ~/.docker/cli-plugins && ln -sf {place} ~/.docker/cli-plugins/docker-buildx"
