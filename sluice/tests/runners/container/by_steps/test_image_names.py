"""The names that commands give to images, and what each is known by."""

from __future__ import annotations

import io
import json
import shlex
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sluice.runners.container.by_steps.archives import ids_of_file, pass_through
from sluice.runners.container.by_steps.image_names import (
    familiar,
    images_baked,
    images_loaded,
    names_built,
    names_used,
    only_says,
    option_of,
    reads_input,
)
from sluice.runners.container.by_steps.naming import read_call


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
        ("-o type=docker,name=a .", ["a"]),
        ("--output=type=image,push=false,name=docker.io/o/a .", ["docker.io/o/a"]),
        ("""--output '"type=docker","name=a,b"' .""", ["a", "b"]),
        ("-otype=docker,dest=x.tar,name=a --output=type=local,dest=y,name=b --output z .", []),
        ("--target x --build-arg t=1 .", []),
        ("-f test .", []),
    ],
)
def test_the_names_that_a_build_gives(line: str, names: list[str]) -> None:
    assert names_built(shlex.split(line)) == names


def test_the_images_that_a_dockerfile_names() -> None:
    text = "FROM --platform=x app:1 AS one\n from $BASE\nCOPY --from=app:2 a b\n# FROM no\nRUN --mount=from=app:3 y\n"
    assert names_used(text) == ["app:1", "app:2", "app:3"]


def test_images_of_a_bake_are_those_of_its_targets_that_were_made() -> None:
    plan = {
        "target": {
            "app": {"tags": ["app:1", "app"], "output": ["type=docker,name=third"]},
            "new": {"tags": ["new"], "output": [{"type": "image", "name": "named"}]},
            "files": {"tags": ["files"], "output": ["type=local,dest=x"]},
            "bare": {},
        }
    }
    made = {
        "app": {"containerimage.digest": "sha256:1"},
        "new": {"containerimage.digest": "sha256:2", "containerimage.config.digest": "sha256:3"},
        "bare": {"containerimage.digest": "sha256:4"},
    }
    assert images_baked(plan, made) == {
        **{name: ["sha256:1"] for name in ("app:1", "app", "third")},
        **{name: ["sha256:3", "sha256:2"] for name in ("new", "named")},
    }
    assert images_baked({}, {}) == {}


@pytest.mark.parametrize(
    ("line", "says", "reads", "file"),
    [
        ("buildx bake --print", True, False, ""),
        ("buildx bake --call=check app", True, False, ""),
        ("buildx bake --call=build -f - app", False, True, ""),
        ("buildx --builder b bake --metadata-file x --file=- app", False, True, "x"),
        ("bake --list=targets", True, False, ""),
        ("buildx f --metadata-file=x", False, False, "x"),
    ],
)
def test_what_a_bake_is_asked_for(line: str, file: str, *, says: bool, reads: bool) -> None:
    call = read_call(line.split())
    assert call.head[-1] in {"bake", "f"}
    assert (only_says(call), reads_input(call), option_of(call, "--metadata-file")) == (says, reads, file)


def archive(**lists: Any) -> bytes:  # noqa: ANN401 - JSON
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as file:
        for name, content in {"layer": "x" * 100_000, **lists}.items():
            text = json.dumps(content).encode()
            member = tarfile.TarInfo(f"{name}.json")
            member.size = len(text)
            file.addfile(member, io.BytesIO(text))
    return data.getvalue()


MANIFEST = [
    {"Config": "1f.json", "RepoTags": ["app:1", "app:2"]},
    {"Config": "blobs/sha256/2f", "RepoTags": ["docker.io/o/app"]},
    {"Config": "3f.json", "RepoTags": None},
]
INDEX = {"manifests": [{"digest": "sha256:4f", "annotations": {"io.containerd.image.name": "docker.io/o/app:latest"}}]}
IDS = {"app:1": ["sha256:1f"], "app:2": ["sha256:1f"], "o/app:latest": ["sha256:2f", "sha256:4f"]}


def test_an_archive_says_the_ids_of_its_images_while_it_goes_by(tmp_path: Path) -> None:
    data, sink = archive(manifest=MANIFEST, index=INDEX), io.BytesIO()
    assert pass_through(io.BytesIO(data), sink) == IDS
    assert sink.getvalue() == data
    (tmp_path / "images.tar").write_bytes(data)
    assert ids_of_file(tmp_path / "images.tar") == IDS
    printed = "Loaded image: app:1\nLoaded image: docker.io/o/app\nLoaded image ID: sha256:3f\n"
    assert images_loaded(printed, IDS) == {
        "app:1": ["sha256:1f", "app:1"],
        "docker.io/o/app": ["sha256:2f", "sha256:4f", "docker.io/o/app"],
    }


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x28\xb5\x2f\xfd" + b"x" * 5000, archive()[:200]])
def test_what_is_no_archive_goes_by_all_the_same(tmp_path: Path, data: bytes) -> None:
    sink = io.BytesIO()
    assert pass_through(io.BytesIO(data), sink) == {}
    assert sink.getvalue() == data
    assert ids_of_file(tmp_path / "none") == {}
