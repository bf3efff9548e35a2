"""What stands before ``docker`` does with a command, by what Sluice says of the job's."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from forking import forked

from sluice.runners.container.by_steps import asking, client

ALONE = {"alone": True, "labels": {"job": "a"}}
NOBODY = {"labels": {}, "apart": False, "alone": False, "names": {}, "others": [], "shown": [], "project": ""}


def answered(program: Path, words: list[str], told: dict[str, Any]) -> CompletedProcess[str]:
    """What it did where Sluice says so; each time that it asks, it prints ``asked WHAT VALUES``."""

    def ask(_: str, what: str, **values: object) -> dict[str, Any]:
        print("asked", what, json.dumps(values), flush=True)
        return {**NOBODY, "identities": {}, "places": {}, "temporary": "/tmp", "kept": [], **told}

    def main() -> int:
        asking.ask = ask  # type: ignore[assignment]
        return client.main([str(program), "nobody", *words])

    return forked(main, cwd=program.parent)


def asked_in(done: CompletedProcess[str], what: str = "before") -> list[dict[str, Any]]:
    """What it asked, in order."""
    begin = f"asked {what} "
    return [json.loads(line.removeprefix(begin)) for line in done.stdout.splitlines() if line.startswith(begin)]


def called(folder: Path, line: str, **told: Any) -> tuple[int, list[str], str]:  # noqa: ANN401 - JSON
    """The exit code, the commands that were carried out, and what was said."""
    program = folder / "docker"
    program.write_text('#!/bin/sh\necho "did $*"\n', encoding="utf-8")
    program.chmod(0o755)
    done = answered(program, shlex.split(line), told)
    did = [said.removeprefix("did ") for said in done.stdout.splitlines() if said.startswith("did ")]
    return done.returncode, did, done.stderr


@pytest.mark.parametrize(
    ("line", "told", "did"),
    [
        ("ps -aq", {**ALONE, "shown": ["a", "b"]}, "ps --filter id=a --filter id=b -aq"),
        ("ps --filter id=x", {**ALONE, "shown": ["a"]}, "ps --filter id=/"),
        ("volume ls -q", {**ALONE, "shown": ["d"]}, "volume ls --filter name=^d$ -q"),
        ("network list", {**ALONE, "shown": ["a"]}, "network list --filter id=a"),
        ("image ls", ALONE, "image ls"),
        ("buildx ls", {**ALONE, "shown": ["a"]}, "buildx ls"),
        ("container prune -f", ALONE, "container prune --filter label=job=a --filter label!=sluice.claim -f"),
        ("rm -f x", ALONE, "rm -f x"),
        ("network create n", {**ALONE, "names": {"network": {"n": "n-1"}}}, "network create --label job=a n-1"),
        ("exec db sh", {**ALONE, "names": {"container": {"db": "db-1"}}}, "exec db-1 sh"),
        ("run --rm app x", {**ALONE, "identities": {"app": "sha256:1"}}, "run --label job=a --rm sha256:1 x"),
        ("save app", {**ALONE, "identities": {"app": "sha256:1"}}, "save app"),
        ("build .", ALONE, "build ."),
        ("compose -p s up", {**ALONE, "project": "s-1"}, "compose -p s -p s-1 up"),
    ],
)
def test_a_command_is_carried_out_as_if_the_job_had_an_engine_of_its_own(
    tmp_path: Path, line: str, told: dict[str, Any], did: str
) -> None:
    assert called(tmp_path, line, **told)[:2] == (0, [did])


@pytest.mark.parametrize(
    "line", ["ps -aq", "rm -f x", "system prune -af", "image prune -a", "volume prune", "rmi x", "stop x", "volume ls"]
)
def test_with_publish_and_where_nobody_answers_it_is_as_it_stands(tmp_path: Path, line: str) -> None:
    assert called(tmp_path, line)[:2] == (0, [line])


@pytest.mark.parametrize(
    ("line", "code", "did"),
    [
        ("rm -f mine theirs", 0, ["rm -f mine"]),
        ("rm -f theirs", 0, []),
        ("rm mine theirs", 1, ["rm mine"]),
        ("stop -t 1 theirs", 1, []),
        ("kill theirs", 1, []),
        ("restart theirs mine", 1, ["restart mine"]),
        ("rename theirs x", 1, []),
        ("container rm theirs", 1, []),
        ("volume rm theirs", 1, []),
        ("network rm -f theirs", 0, []),
        ("network disconnect mine theirs", 1, []),
        ("rmi theirs mine", 0, ["rmi mine"]),
    ],
)
def test_what_is_not_the_jobs_is_left_alone_and_it_is_said(
    tmp_path: Path, line: str, code: int, did: list[str]
) -> None:
    found = called(tmp_path, line, **ALONE, others=["theirs"])
    assert found[:2] == (code, did)
    assert "'theirs' is not this job's" in found[2]


def test_images_and_layers_of_the_machine_stay(tmp_path: Path) -> None:
    own = "--filter label=job=a --filter label!=sluice.claim"
    both = [f"container prune {own} --force", f"network prune {own} --force"]
    assert called(tmp_path, "system prune -af", **ALONE)[:2] == (0, both)
    assert called(tmp_path, "system prune -f --volumes", **ALONE)[1][2:] == [f"volume prune {own} --force"]
    for asked in ("--filter until=24h --filter=label!=keep", "--force --filter until=24h --filter label!=keep"):
        given = f"{own} --filter until=24h --filter label!=keep"
        did = called(tmp_path, f"system prune {asked} -f", **ALONE)[1]
        assert did == [f"{kind} prune {given} --force" for kind in ("container", "network")]
    for line in ("image prune -af", "builder prune -f", "buildx prune"):
        code, did, said = called(tmp_path, line, **ALONE)
        assert (code, did) == (0, [])
        assert "images and layers of this machine stay" in said


def test_who_leaves_a_network_is_asked_for_and_not_the_network(tmp_path: Path) -> None:
    line = "network disconnect --force bridge mine"
    program = tmp_path / "docker"
    assert called(tmp_path, line, **ALONE)[:2] == (0, [line])
    assert asked_in(answered(program, line.split(), ALONE))[0]["touched"] == {"container": ["mine"]}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("exec -it db psql other", ["db"]),
        ("container exec --user root db psql", ["db"]),
        ("logs -f --tail 5 db", ["db"]),
        ("inspect -s db", ["db"]),
        ("inspect --format {{.Id}} db web", ["db", "web"]),
        ("cp db:/a ./b:c", ["db"]),
        ("cp /x:y db:/a", ["db"]),
        ("top db aux", ["db"]),
        ("port db 80", ["db"]),
        ("commit -p db image", ["db"]),
        ("wait db", ["db"]),
        ("stats --no-stream db", ["db"]),
        ("inspect --type=image db", []),
        ("inspect --type container db", ["db"]),
        ("exec db x --type image", ["db"]),
    ],
)
def test_what_reaches_a_container_is_asked_for(tmp_path: Path, line: str, names: list[str]) -> None:
    called(tmp_path, line)
    done = answered(tmp_path / "docker", shlex.split(line), ALONE)
    assert asked_in(done)[0]["touched"] == {"container": names}


@pytest.mark.parametrize(
    ("line", "code", "did"),
    [
        ("exec db psql", 1, []),
        ("logs db", 1, []),
        ("cp db:/a b", 1, []),
        ("logs mine db", 1, ["logs mine"]),
        ("inspect db", 0, ["inspect --type image db"]),
        ("inspect db mine", 1, ["inspect mine"]),
        ("inspect --type container db", 1, []),
    ],
)
def test_a_container_of_the_machines_is_not_reached(tmp_path: Path, line: str, code: int, did: list[str]) -> None:
    assert called(tmp_path, line, **ALONE, others=["db"])[:2] == (code, did)


COMPOSE = """#!/bin/sh
case "$*" in
*config*) echo '{"services": {"db": {"container_name": "pg"}}, "volumes": {"v": {"name": "data"}}}' ;;
*) echo "did $*"; for word; do case "$word" in *sluice-names*) echo "file $(cat "$word")" ;; esac; done ;;
esac
"""


@pytest.mark.parametrize("line", ["compose up -d", "compose -f docker-compose.yml up -d"])
@pytest.mark.parametrize("text", ["services: {db: {container_name: pg}}", "services:\n  db:\n    container_name: pg\n"])
def test_names_that_a_file_of_compose_fixes_are_the_jobs_where_another_has_them(
    tmp_path: Path, line: str, text: str
) -> None:
    file, program = tmp_path / "docker-compose.yml", tmp_path / "docker"
    file.write_text(text, encoding="utf-8")
    program.write_text(COMPOSE, encoding="utf-8")
    program.chmod(0o755)

    done = answered(program, line.split(), {**ALONE, "names": {"container": {"pg": "pg-1"}}})
    first, second = asked_in(done)
    assert first["project"]
    assert second["names"] == {"container": ["pg"], "network": [], "volume": ["data"]}
    did = done.stdout.splitlines()[2:]
    assert did[0].startswith(f"did compose -f {file if ' -f ' not in line else file.name} -f ")
    assert did[0].endswith("yaml up -d")
    given = {"container_name": "pg-1", "networks": {"default": {"aliases": ["pg"]}}}
    assert json.loads(did[1].removeprefix("file ")) == {"services": {"db": given}}
    done = answered(program, line.split(), ALONE)
    assert done.stdout.splitlines()[2] == f"did {line}", "as it stands where nobody else has them"


CACHING = """#!/bin/sh
case "$*" in
*config*) echo '{"services": {"app": {"build": {"cache_to": ["type=registry,ref=x", "type=inline"]}}}}' ;;
*version*) echo VERSION ;;
*) for word; do case "$word" in *sluice-names*) echo "file $(cat "$word")" ;; esac; done ;;
esac
"""


@pytest.mark.parametrize(("version", "code"), [("2.24.4", 0), ("2.20.0", 1)])
def test_a_cache_that_a_file_of_compose_writes_elsewhere_stays_here_and_is_told(
    tmp_path: Path, version: str, code: int
) -> None:
    program = tmp_path / "docker"
    (tmp_path / "compose.yml").write_text("services: {app: {build: {cache_to: [x]}}}", encoding="utf-8")
    program.write_text(CACHING.replace("VERSION", version), encoding="utf-8")
    program.chmod(0o755)
    did = answered(program, ["compose", "build"], ALONE)
    assert did.returncode == code
    assert {"caches": ["type=registry,ref=x"]} in asked_in(did)
    assert "writes no build cache elsewhere: type=registry,ref=x" in did.stderr
    kept = 'file {"services": {"app": {"build": {"cache_to": !override ["type=inline"]}}}}'
    assert (kept in did.stdout.splitlines()) is (code == 0)


MAKING = """#!/bin/sh
for word; do [ "$before" != --iidfile ] || echo sha256:1 >"$word"; before=$word; done
case "$1" in
commit) echo sha256:4 ;;
load) echo "Loaded image: app:1" ;;
esac
[ "$1" != fail ] && [ "$4" != fail ]
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("build -t app:1 --tag acme/app .", {"images": {"app:1": ["sha256:1"], "acme/app": ["sha256:1"]}}),
        ("buildx build --load -qt app .", {"images": {"app": ["sha256:1"]}}),
        ("buildx --builder b build -o type=docker,name=app .", {"images": {"app": ["sha256:1"]}}),
        ("image build --iidfile=x --tag=app .", {"images": {"app": ["app"]}}),
        ("tag app acme/app:1", {"images": {"acme/app:1": ["acme/app:1"]}}),
        ("tag other acme/app:1", {"images": {"acme/app:1": ["sha256:3"]}}),
        ("image tag sha256:2 acme/app:1", {"images": {"acme/app:1": ["sha256:2"]}}),
        ("commit -m word c app", {"images": {"app": ["sha256:4"]}}),
        ("commit c", None),
        ("import --message word x.tar app", {"images": {"app": ["app"]}}),
        ("build -f fail -t app .", {"images": {}}),
        ("load -i x.tar", {"images": {"app:1": ["app:1"]}}),
        ("rmi app", {"removed": ["app"]}),
    ],
)
def test_names_that_a_command_gave_to_an_image_are_told(tmp_path: Path, line: str, told: dict[str, Any] | None) -> None:
    program = tmp_path / "docker"
    program.write_text(MAKING.replace('"$4" != fail', '"$5" != fail'), encoding="utf-8")
    program.chmod(0o755)
    did = answered(program, shlex.split(line), {**ALONE, "identities": {"other": "sha256:3"}})
    assert asked_in(did, "after") == ([] if told is None else [told])


def test_who_removes_an_image_has_its_name_to_itself_meanwhile(tmp_path: Path) -> None:
    called(tmp_path, "rmi app")
    done = answered(tmp_path / "docker", ["rmi", "--force", "app", "web"], ALONE)
    assert asked_in(done)[0]["held"] == ["app", "web"]
    assert asked_in(done, "after") == [{"removed": ["app", "web"]}]
