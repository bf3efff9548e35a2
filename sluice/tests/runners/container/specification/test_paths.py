"""Paths of this machine and of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.runners.container.specification.paths import Mount, PathMap, action_mounts, engine_socket, job_mounts
from sluice.runners.protocol import WorkspacePaths

PATHS = WorkspacePaths(
    root=Path("/s/job"),
    workspace=Path("/s/job/work/repo/repo"),
    temp=Path("/s/job/temp"),
    home=Path("/s/job/home"),
    files=Path("/s/job/files"),
    tools=Path("/c/tools"),
    actions=Path("/c/actions"),
)
JOB = PathMap(job_mounts(PATHS, Path("/s/job/externals"), [Path("/")]))
ACTION = PathMap(action_mounts(PATHS))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("/s/job/work/repo/repo", "/__w/repo/repo"),
        ("/s/job/work/repo/repo/a b", "/__w/repo/repo/a b"),
        ("/s/job/temp/x.sh", "/__w/_temp/x.sh"),
        ("/s/job/temp/_github_workflow/event.json", "/github/workflow/event.json"),
        ("/s/job/files/set_env_1", "/__w/_temp/_runner_file_commands/set_env_1"),
        ("/s/job/home", "/github/home"),
        ("/c/tools/node/24/bin:/usr/bin", "/__t/node/24/bin:/usr/bin"),
        ("--path=/c/actions/a", "--path=/__w/_actions/a"),
    ],
)
def test_both_ways_in_a_job(outer: str, inner: str) -> None:
    assert JOB.inside(outer) == inner
    assert JOB.outside(inner) == outer


@pytest.mark.parametrize("text", ["/s/job/workshop", "/s/job/work-2", "/x/s/job/work", "/s/job/work.old", "work"])
def test_other_paths_stay(text: str) -> None:
    assert JOB.inside(text) == text


def test_a_path_of_the_image_stays() -> None:
    assert JOB.outside("/usr/bin:/__wide:/__w2") == "/usr/bin:/__wide:/__w2"


def test_an_action_has_the_workspace_alone() -> None:
    assert ACTION.inside("/s/job/work/repo/repo/a") == "/github/workspace/a"
    assert ACTION.inside("/s/job/files/x /s/job/temp") == "/github/file_commands/x /github/runner_temp"
    assert ACTION.inside("/s/job/work/repo") == "/s/job/work/repo"


def test_mounts_in_the_engines_notation() -> None:
    assert str(Mount(outer=Path("/a"), inner="/b")) == "/a:/b"
    assert str(Mount(outer=Path("/a"), inner="/b", read_only=True)) == "/a:/b:ro"
    assert list(map(str, engine_socket("unix:///run/x.sock"))) == ["/run/x.sock:/var/run/docker.sock"]
    assert engine_socket("tcp://127.0.0.1:2375") == []
