"""What stands before ``docker`` does with a command, by what Sluice says of the job's."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ALONE = {"alone": True, "labels": {"job": "a"}}
RUN = """import json, sys
from sluice.runners.container.by_steps import asking, client
told = json.loads(sys.argv[1])
def ask(name, what, **values):
    print("asked", json.dumps(values), flush=True)
    known = {"labels": {}, "apart": False, "alone": False, "names": {}, "others": [], "shown": [], "project": ""}
    known |= {"identities": {}, "places": {}}
    return {**known, "temporary": "/tmp", "kept": [], **told}
asking.ask = ask
sys.exit(client.main([sys.argv[2], "nobody", *sys.argv[3:]]))
"""


def called(folder: Path, line: str, **told: Any) -> tuple[int, list[str], str]:  # noqa: ANN401 - JSON
    """The exit code, the commands that were carried out, and what was said."""
    program = folder / "docker"
    program.write_text('#!/bin/sh\necho "did $*"\n', encoding="utf-8")
    program.chmod(0o755)
    words = [sys.executable, "-c", RUN, json.dumps(told), str(program), *shlex.split(line)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_who_leaves_a_network_is_asked_for_and_not_the_network(tmp_path: Path) -> None:
    line = "network disconnect --force bridge mine"
    program = tmp_path / "docker"
    assert called(tmp_path, line, **ALONE)[:2] == (0, [line])
    words = [sys.executable, "-c", RUN, json.dumps(ALONE), str(program), *line.split()]
    asked = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()[0]
    assert json.loads(asked.removeprefix("asked "))["touched"] == {"container": ["mine"]}


@pytest.mark.slow
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
    words = [sys.executable, "-c", RUN, json.dumps(ALONE), str(tmp_path / "docker"), *shlex.split(line)]
    asked = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()[0]
    assert json.loads(asked.removeprefix("asked "))["touched"] == {"container": names}


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


@pytest.mark.slow
@pytest.mark.parametrize("line", ["compose up -d", "compose -f docker-compose.yml up -d"])
@pytest.mark.parametrize("text", ["services: {db: {container_name: pg}}", "services:\n  db:\n    container_name: pg\n"])
def test_names_that_a_file_of_compose_fixes_are_the_jobs_where_another_has_them(
    tmp_path: Path, line: str, text: str
) -> None:
    file, program = tmp_path / "docker-compose.yml", tmp_path / "docker"
    file.write_text(text, encoding="utf-8")
    program.write_text(COMPOSE, encoding="utf-8")
    program.chmod(0o755)

    def done(**told: Any) -> list[str]:  # noqa: ANN401 - JSON
        words = [sys.executable, "-c", RUN, json.dumps({**ALONE, **told}), str(program), *line.split()]
        did = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20, cwd=tmp_path)
        return did.stdout.splitlines()

    first, second, *did = done(names={"container": {"pg": "pg-1"}})[:4]
    assert json.loads(first.removeprefix("asked "))["project"]
    assert json.loads(second.removeprefix("asked "))["names"] == {
        "container": ["pg"],
        "network": [],
        "volume": ["data"],
    }
    assert did[0].startswith(f"did compose -f {file if ' -f ' not in line else file.name} -f ")
    assert did[0].endswith("yaml up -d")
    given = {"container_name": "pg-1", "networks": {"default": {"aliases": ["pg"]}}}
    assert json.loads(did[1].removeprefix("file ")) == {"services": {"db": given}}
    assert done()[2] == f"did {line}", "as it stands where nobody else has them"


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
    words = [sys.executable, "-c", RUN, json.dumps(ALONE), str(program), "compose", "build"]
    did = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20, cwd=tmp_path)
    assert did.returncode == code
    assert {"caches": ["type=registry,ref=x"]} in [
        json.loads(line.removeprefix("asked ")) for line in did.stdout.splitlines() if line.startswith("asked ")
    ]
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
    code = RUN.replace('print("asked"', 'print(f"asked {what}"')
    told_before = {**ALONE, "identities": {"other": "sha256:3"}}
    words = [sys.executable, "-c", code, json.dumps(told_before), str(program), *shlex.split(line)]
    did = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20, cwd=tmp_path)
    after = [line.removeprefix("asked after ") for line in did.stdout.splitlines() if line.startswith("asked after")]
    assert [json.loads(one) for one in after] == ([] if told is None else [told])
