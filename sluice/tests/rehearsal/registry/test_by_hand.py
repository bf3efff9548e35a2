"""Which calls of ``docker`` the script before it hands on, leads to the run's registry, or refuses."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from forking import forked

from sluice.rehearsal.registry import bakes, by_hand
from sluice.rehearsal.registry.by_hand import once_it_is_known, script


def called(folder: Path, line: str) -> tuple[int, str]:
    """The exit code and what the real program printed, with a script of the real program's words in its place."""
    program, *words = shlex.split(line)
    real, before = folder / program, folder / "before"
    real.write_text('#!/bin/sh\necho "real $*"\n', encoding="utf-8")
    real.chmod(0o755)
    text = script(program, "127.0.0.1:5") + (once_it_is_known('"$docker"') if program == "docker" else "")
    before.write_text(f'docker={real}\n{text}\nexec "$docker" "$@"\n', encoding="utf-8")
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
        "docker buildx create --name far --driver remote tcp://builder.example:1234",
        "docker buildx create --use ssh://me@builder.example",
        "docker buildx --builder b create --driver=kubernetes",
        "docker buildx create --driver cloud org/name",
        "docker buildx build --cache-from a --push .",
        "docker buildx build --cache-to type=registry,ref=x .",
        "docker buildx build --cache-to registry.example/cache .",
        "docker buildx build --cache-to=registry.example/cache:main .",
        "docker compose push",
        "docker-compose -p login push",
        "docker manifest push x",
        "docker plugin push x",
        "docker model push x",
        "docker model package --push --gguf a x",
        "docker --log-level debug model push x",
        "docker scout push x",
        "docker mcp catalog push x",
        "docker trust sign x",
        "docker trust revoke x",
        "docker trust signer add --key k a x",
        "docker bake --push",
        "docker buildx build --cache-to type=s3,bucket=x .",
        "docker -DH unix:///x push app",
        "docker -DDl error image push app",
        "docker -DHunix:///x push app",
        "docker -D=true -- push app",
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
        "docker buildx build -t bake .",
        "docker buildx create --use --driver docker-container",
        "docker buildx create --driver remote tcp://127.0.0.1:1234",
        "docker buildx create --driver remote tcp://localhost:1234",
        "docker swarm --help",
        "docker stack",
        "docker stack ls",
        "docker secret inspect x",
        "docker config ls",
        "docker service logs x",
        "docker node ls",
        "docker plugin ls",
        "docker buildx --builder bake build .",
        "docker buildx --builder=b build --label 'we bake it' .",
        "docker -Dlerror run image push",
        "docker model run push",
        "docker trust inspect x",
        "docker trust key generate sign",
        "docker --version",
        "docker",
    ],
)
def test_what_sends_nothing_is_handed_on_as_it_stands(tmp_path: Path, line: str) -> None:
    code, text = called(tmp_path, line)
    assert (code, text.split()) == (0, ["real", *" ".join(shlex.split(line)[1:]).split()])


@pytest.mark.parametrize(
    "line",
    [
        "swarm init --advertise-addr 127.0.0.1",
        "swarm leave --force",
        "stack deploy -c compose.yml app",
        "stack rm app",
        "secret create x -",
        "config rm x",
        "service update --image a b",
        "node update --availability drain x",
        "plugin install x",
        "plugin disable -f x",
    ],
)
def test_what_changes_the_engine_for_everybody_is_refused_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    effects = tmp_path / "effects"
    monkeypatch.setenv("SLUICE_EFFECTS", str(effects))
    assert called(tmp_path, f"docker {line}") == (1, "")
    told = {"kind": "engine", "target": f"docker {line}", "request": f"docker {line}"}
    assert json.loads(effects.read_text(encoding="utf-8")) == told
    monkeypatch.setenv("own", "1")
    assert called(tmp_path, f"docker {line}") == (0, f"real {line}\n"), "an engine of the job's own is its own"


@pytest.mark.slow
def test_a_plain_push_is_led_to_the_runs_registry_and_a_login_sends_nothing(tmp_path: Path) -> None:
    code, text = called(tmp_path, "docker push localhost:1/app")
    assert (code, text) == (0, "real push localhost:1/app\n")
    code, text = called(tmp_path, "docker push ghcr.io/o/app:1")
    assert code == 0
    assert "real tag ghcr.io/o/app:1 127.0.0.1:5/" in text
    assert "real tag bake 127.0.0.1:5/" in called(tmp_path, "docker push bake")[1]
    assert called(tmp_path, "docker login ghcr.io -u a -p b") == (0, "")


def test_what_is_refused_is_told_as_what_would_have_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    effects = tmp_path / "effects"
    monkeypatch.setenv("SLUICE_EFFECTS", str(effects))
    assert called(tmp_path, """docker model push 'a"\\b'""")[0] == 1
    assert called(tmp_path, "docker --config d login -p word")[0] == 1
    told = [json.loads(line) for line in effects.read_text(encoding="utf-8").splitlines()]
    line = 'docker model push a"\\b'
    assert told == [{"kind": "image-push", "target": line, "request": line}], "a login sends no image"


@pytest.mark.parametrize(
    "line",
    [
        "docker buildx --builder b bake app",
        "docker bake app",
        "docker -D buildx bake",
        "docker buildx --debug bake app",
        "docker buildx --debug=true --builder=b bake",
        "docker buildx f app",
    ],
)
def test_what_a_file_of_targets_sends_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(by_hand, "own_program", lambda _: "echo asked")
    code, text = called(tmp_path, line)
    assert (code, text.split()[0], text.split()[4:]) == (0, "asked", line.split()[1:])


BAKE = """#!/bin/sh
case "$*" in
*--print*) cat PLAN; exit CODE ;;
*) echo "did $* $(cat)" ;;
esac
"""


def baked(folder: Path, line: str, target: object, code: int = 0) -> tuple[int, str, str]:
    """The exit code, what was carried out, and what was said, where the file of targets has this one."""
    program, plan = folder / "docker", folder / "plan"
    plan.write_text(json.dumps({"group": {}, "target": {"app": target}}), encoding="utf-8")
    program.write_text(BAKE.replace("PLAN", str(plan)).replace("CODE", str(code)), encoding="utf-8")
    program.chmod(0o755)
    done = forked(lambda: bakes.main([str(program), str(program), "--", *line.split()]), given="text")
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "target",
    [
        {"output": ["type=registry"]},
        {"output": ["type=image,name=x,push=true"]},
        {"output": [{"type": "docker"}, {"type": "registry"}]},
        {"output": [{"type": "image", "push": "true"}]},
        {"cache-to": ["ghcr.io/o/cache"]},
        {"cache-to": [{"type": "registry", "ref": "x"}]},
        {"cache-to": ["type=s3,bucket=x"]},
    ],
)
def test_a_target_that_leaves_is_refused(tmp_path: Path, target: object) -> None:
    code, did, said = baked(tmp_path, "buildx bake app", target)
    assert (code, did) == (1, "")
    assert "a rehearsal can't carry out 'docker buildx bake app'" in said
    assert "target 'app'" in said


@pytest.mark.slow
def test_targets_that_stay_here_are_built_as_they_stand(tmp_path: Path) -> None:
    stays = {
        "output": ["type=docker", "out", {"type": "image", "push": "false"}],
        "cache-to": ["type=inline", {"type": "gha"}],
        "cache-from": ["type=registry,ref=x"],
    }
    assert baked(tmp_path, "buildx bake", stays)[:2] == (0, "did buildx bake text\n")
    assert baked(tmp_path, "buildx f", stays)[:2] == (0, "did buildx f text\n")
    assert baked(tmp_path, "buildx bake -f - app", stays)[:2] == (0, "did buildx bake -f - app text\n")
    assert baked(tmp_path, "bake", stays, code=3)[:2] == (3, ""), "what can't be read is not built"
