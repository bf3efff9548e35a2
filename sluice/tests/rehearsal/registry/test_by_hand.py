"""Which calls of ``docker`` the script before it hands on, leads to the run's registry, or refuses."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from sluice.rehearsal.registry.by_hand import script


def called(folder: Path, line: str) -> tuple[int, str]:
    """The exit code and what the real program printed, with a script of the real program's words in its place."""
    program, *words = shlex.split(line)
    real, before = folder / program, folder / "before"
    real.write_text('#!/bin/sh\necho "real $*"\n', encoding="utf-8")
    real.chmod(0o755)
    before.write_text(f'docker={real}\n{script(program, "127.0.0.1:5")}\nexec "$docker" "$@"\n', encoding="utf-8")
    done = subprocess.run(["/bin/sh", before, *words], capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "docker compose build --push",
        "docker-compose build --push",
        "docker compose publish x",
        "docker compose -f a.yml alpha publish x",
        "docker image build --push .",
        "docker builder build --push .",
        "docker --context default buildx build --push .",
        "docker --context default compose --file push.yml push",
        "docker -H unix:///x push app",
        "docker --config d image push app",
        "docker --config d login",
        "docker buildx build --push=1 .",
        "docker buildx --builder b imagetools create -t a b",
        "docker buildx imagetools create -t a b",
        "docker build --output type=image,push=true .",
        "docker buildx build --output type=image,push=1 .",
        "docker buildx build --output=type=image,name=x,push=t .",
        "docker buildx build -o Type=image,PUSH=True .",
        "docker buildx build -oTYPE=registry,name=x .",
        """docker buildx build --output '"type=image","push=T"' .""",
        "docker buildx bake --set *.output=type=image,push=1",
        "docker buildx build --cache-from a --push .",
        "docker buildx build --cache-to type=registry,ref=x .",
        "docker buildx build --cache-to registry.example/cache .",
        "docker buildx build --cache-to=registry.example/cache:main .",
        "docker compose push",
        "docker-compose -p login push",
        "docker manifest push x",
    ],
)
def test_other_ways_to_push_are_refused(tmp_path: Path, line: str) -> None:
    assert called(tmp_path, line) == (1, "")


@pytest.mark.parametrize(
    "line",
    [
        "docker run image push",
        "docker exec c sh -c 'git push'",
        "docker run -e X=login image",
        "docker --context default run image push",
        "docker build -t push .",
        "docker buildx build --push=false .",
        "docker buildx build --output type=image,push=0 .",
        "docker buildx build --output type=image,push=False .",
        "docker buildx build --cache-from type=registry,ref=x --cache-from=type=registry,ref=y .",
        "docker build --build-arg push=1 --build-arg=push=true .",
        "docker build --cache-from",
        "docker buildx build --cache-to type=local,dest=x --cache-to=type=inline .",
        "docker buildx build --cache-to",
        "docker compose run web publish",
        "docker compose exec web login",
        "docker compose run web --push",
        "docker compose -f push -p login up",
        "docker-compose run web push",
        "docker -H",
        "docker --version",
        "docker",
    ],
)
def test_what_sends_nothing_is_handed_on_as_it_stands(tmp_path: Path, line: str) -> None:
    code, text = called(tmp_path, line)
    assert (code, text.split()) == (0, ["real", *" ".join(shlex.split(line)[1:]).split()])


def test_a_plain_push_is_led_to_the_runs_registry_and_a_login_sends_nothing(tmp_path: Path) -> None:
    code, text = called(tmp_path, "docker push localhost:1/app")
    assert (code, text) == (0, "real push localhost:1/app\n")
    code, text = called(tmp_path, "docker push ghcr.io/o/app:1")
    assert code == 0
    assert "real tag ghcr.io/o/app:1 127.0.0.1:5/" in text
    assert called(tmp_path, "docker login ghcr.io -u a -p b") == (0, "")
