"""Containers that steps start with ``docker``: reached at their ports as on GitHub, each job's own, gone with it."""

from __future__ import annotations

import functools
import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import BUSYBOX, left_of, running_engine
from running import Ran, Run

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")
NAME = f"sluice-steps-{WORKER}"
FETCH = """import time, urllib.request
for _ in range(40):
    try:
        print(">" + urllib.request.urlopen("http://localhost:PORT/word").read().decode().strip())
        break
    except OSError as error:
        print(error)
        time.sleep(0.1)
"""
SERVING = "sh -c 'mkdir /w && echo $WORD > /w/word && exec httpd -f -p 80 -h /w'"
JOB = """  {job}:
    runs-on: ubuntu-latest
    {more}
    steps:
      - run: |
{script}
      - shell: python
        run: |
{fetch}
"""


def indented(text: str) -> str:
    return "\n".join(f"          {line}" for line in text.splitlines())


def served(script: str, port: int, job: str = "job", more: str = "env: {}") -> str:
    return JOB.format(job=job, more=more, script=indented(script), fetch=indented(FETCH.replace("PORT", str(port))))


def apart(ran: Ran, job: str = "job") -> None:
    if "network" not in ran.job(job).isolation:
        pytest.skip("no networks of jobs' own here")


@pytest.fixture(autouse=True)
def _engine() -> None:
    running_engine(BUSYBOX)
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, which steps call")


def test_a_published_port_is_the_jobs_at_localhost_and_the_container_ends_with_it(run: Run) -> None:
    script = f"docker run --detach --name {NAME} -e WORD=here -p 9094:80 {BUSYBOX} {SERVING}"
    ran = run("on: push\njobs:\n" + served(script, 9094))
    apart(ran)
    assert ran.code == 0
    assert ran.said("job") == ["here"]
    assert left_of(ran) == []


def test_legs_publish_the_same_port_at_once(run: Run) -> None:
    script = f"docker run --rm -dp 9095:80 -e WORD=${{{{ matrix.word }}}} {BUSYBOX} {SERVING}"
    more = "strategy: {matrix: {word: [one, two]}}"
    ran = run("on: push\njobs:\n" + served(script, 9095, more=more))
    apart(ran, "job.1")
    assert (ran.code, ran.said("job.1"), ran.said("job.2")) == (0, ["one"], ["two"])


def test_what_runs_beside_the_step_and_what_takes_a_port_over_are_found(run: Run) -> None:
    script = f"""docker run --rm --name {NAME} -e WORD=first -p 9096:80 {BUSYBOX} {SERVING} &
until docker ps --format '{{{{.Names}}}}' | grep --quiet {NAME}; do sleep 0.1; done
docker rm --force {NAME}
docker create --name {NAME} -e WORD=second -p 9096:80 {BUSYBOX} {SERVING}
docker start {NAME}"""
    ran = run("on: push\njobs:\n" + served(script, 9096))
    apart(ran)
    assert (ran.code, ran.said("job"), left_of(ran)) == (0, ["second"], [])


@pytest.fixture
def machines() -> Iterator[str]:
    """A container of the machine's."""
    engine = running_engine()
    name = f"{NAME}-machines"
    engine.translated(
        functools.partial(engine.client.create_container, BUSYBOX, ["sleep", "600"], name=name, labels={"mine": "yes"})
    )
    engine.translated(functools.partial(engine.client.start, name))
    try:
        yield name
    finally:
        engine.translated(functools.partial(engine.client.remove_container, name, force=True))


def test_legs_have_things_of_the_same_names_and_see_and_end_none_but_their_own(run: Run, machines: str) -> None:
    meet = f"""mkdir -p $RUNNER_TOOL_CACHE/{NAME}/$1.$WORD
for _ in $(seq 6000); do
  [ ! -d $RUNNER_TOOL_CACHE/{NAME}/$1.one ] || [ ! -d $RUNNER_TOOL_CACHE/{NAME}/$1.two ] || return 0
  sleep 0.05
done
echo "the other leg did not come"; return 1"""
    script = f"""meet() {{ {meet}
}}
meet begin
docker network create {NAME}-net
docker run --detach --name {NAME} --network {NAME}-net -e WORD -v {NAME}-data:/w \\
  {BUSYBOX} {SERVING.replace("mkdir", "mkdir -p")}
meet started
echo ">$(docker run --rm --network {NAME}-net {BUSYBOX} wget -qO- http://{NAME}/word)"
echo ">$(docker exec {NAME} cat /w/word) $(docker run --rm -v {NAME}-data:/w {BUSYBOX} cat /w/word)"
echo ">$(docker ps --quiet | wc -l) $(docker ps -q --filter name=^{NAME}$ | wc -l) $(docker volume ls --quiet | wc -l)"
echo ">$(docker network ls --format '{{{{.Driver}}}}' | sort | tr '\n' ' ')"
docker rm --force {machines} && echo ">forced"
docker stop {machines} || echo ">left alone"
meet seen
[ $WORD = two ] || docker rm --force $(docker ps --all --quiet)
[ $WORD = two ] || docker system prune --all --force --volumes
meet pruned
[ $WORD = one ] || echo ">still $(docker exec {NAME} cat /w/word)"
"""
    more = "strategy: {matrix: {word: [one, two]}}\n    env: {WORD: '${{ matrix.word }}'}"
    job = f"  job:\n    runs-on: ubuntu-latest\n    {more}\n    steps:\n      - run: |\n{indented(script)}\n"
    ran = run(f"on: push\njobs:\n{job}", at_once=2)
    assert ran.code == 0
    for number, word in enumerate(("one", "two"), start=1):
        said = [word, f"{word} {word}", "1 1 1", "bridge bridge host null", "forced", "left alone"]
        assert ran.said(f"job.{number}") == [*said, *(["still two"] if word == "two" else [])]
    assert left_of(ran) == []
    engine = running_engine()
    found = engine.translated(functools.partial(engine.client.inspect_container, machines))
    assert found["State"]["Running"]
    volumes = engine.translated(
        functools.partial(engine.client.volumes, filters={"label": f"sluice.run={ran.state.run}"})
    )
    assert not volumes["Volumes"]


def test_a_run_that_publishes_leaves_its_containers_at_the_ports_that_were_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluice.app.running.publishing.prepare_publication", lambda *_: None)  # the tree has changes
    script = f"docker run --detach --name {NAME}-stays -e WORD=live -p 19098:80 {BUSYBOX} {SERVING}"
    engine = running_engine()
    try:
        ran = run("on: push\njobs:\n" + served(script, 19098), publish=True)
        found = engine.translated(functools.partial(engine.client.inspect_container, f"{NAME}-stays"))
        assert (ran.code, ran.said("job"), found["State"]["Running"]) == (0, ["live"], True)
        assert {one["HostPort"] for one in found["NetworkSettings"]["Ports"]["80/tcp"]} == {"19098"}
    finally:
        engine.translated(functools.partial(engine.client.remove_container, f"{NAME}-stays", force=True))


def test_networks_and_volumes_of_steps_end_with_the_job_and_failing_is_as_it_was(run: Run) -> None:
    script = f"""docker network create {NAME}-net
docker volume create {NAME}-data
docker run --name {NAME} --network {NAME}-net -v {NAME}-data:/data {BUSYBOX} sh -c 'exit 7'"""
    ran = run("on: push\njobs:\n" + served(script, 1))
    assert ran.code == 1
    assert any("exit code 7" in line for line in ran.log("job"))
    assert left_of(ran) == []
    engine = running_engine()
    names = engine.translated(functools.partial(engine.client.volumes, filters={"name": f"{NAME}-data"}))
    assert not names["Volumes"]


@pytest.mark.parametrize(
    ("before", "option"),
    [
        ("true", "-v NAME:/x"),
        ("true", "--volume-driver local -v NAME:/x"),
        ("true", "--mount type=volume,source=NAME,target=/x"),
        ("true", "--mount=src=NAME,dst=/x,volume-driver=local"),
        ("true", "--mount source=NAME,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=$PWD/kept"),
        ("docker volume create NAME", "--mount src=NAME,dst=/x"),
        ("docker volume create --driver local --name=NAME", "-v NAME:/x"),
    ],
)
def test_legs_have_a_named_volume_each_however_it_is_named(run: Run, before: str, option: str) -> None:
    script = f"""mkdir -p kept; {before}; docker network create NAME
docker run --rm {option} {BUSYBOX} sh -c 'echo ${{{{ matrix.leg }}}} >> /x/leg'
sleep 2
echo ">$(docker run --rm --name NAME --network NAME {option} {BUSYBOX} cat /x/leg | tr '\\n' ' ')"
""".replace("NAME", f"{NAME}-volume")
    more = "strategy: {matrix: {leg: [1, 2]}}"
    job = f"  job:\n    runs-on: ubuntu-latest\n    {more}\n    steps:\n      - run: |\n{indented(script)}\n"
    ran = run(f"on: push\njobs:\n{job}", at_once=2)
    assert (ran.code, ran.said("job.1"), ran.said("job.2")) == (0, ["1"], ["2"]), ran.log("job.1")
    assert left_of(ran) == []
    volumes = running_engine().translated(
        functools.partial(running_engine().client.volumes, filters={"name": f"{NAME}-volume"})
    )
    assert not volumes["Volumes"]


def test_a_folder_of_the_jobs_own_tmp_is_bound(run: Run) -> None:
    script = f"""place=$(mktemp -d)
echo inside >$place/word
echo ">$(docker run --rm -v $place:/w {BUSYBOX} cat /w/word)"
docker run --rm --mount type=bind,src=$place,dst=/w {BUSYBOX} sh -c 'echo back >/w/more'
echo ">$(cat $place/more) $(docker run --rm --network host -v "$PWD":/here {BUSYBOX} ls -d /here)"
"""
    ran = run(f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{indented(script)}\n")
    assert (ran.code, ran.said("job")) == (0, ["inside", "back /here"])
    told = any("--network host is this machine's network" in line for line in ran.log("job"))
    assert told == ("network" in ran.job("job").isolation)


def test_what_a_run_pushed_can_be_pulled(run: Run) -> None:
    image = f"ghcr.io/octo/sluice-pulled-{WORKER}:one"
    script = f"""docker tag {BUSYBOX} {image}
docker push --quiet {image}
docker rmi {image}
docker pull {image}
echo ">$(docker run --rm {image} echo pulled)"
docker rmi {image}"""
    ran = run(f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{indented(script)}\n")
    assert (ran.code, ran.said("job")) == (0, ["pulled"])


def test_an_image_of_the_machines_stays_and_the_jobs_own_goes(run: Run) -> None:
    engine, empty = running_engine(), io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    name = f"sluice-old-{WORKER}"
    engine.translated(functools.partial(engine.client.import_image_from_data, empty.getvalue(), repository=name))
    script = f"""docker rmi {name} && echo ">told"
docker import --change 'LABEL a=b' - {name}:new </dev/null >/dev/null
docker rmi {name}:new
docker image prune --all --force
echo ">$(docker images --quiet {name} | wc -l)"
"""
    try:
        ran = run(
            f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{indented(script)}\n"
        )
        assert (ran.code, ran.said("job")) == (0, ["told", "1"])
        assert f"Sluice: image '{name}' is not this job's: 'docker rmi' leaves it alone" in ran.log("job")
    finally:
        engine.translated(functools.partial(engine.client.remove_image, name))


def test_legs_that_build_one_name_each_have_their_image_and_the_machine_has_its_own_again(run: Run) -> None:
    engine = running_engine()
    name = f"sluice-built-{WORKER}:1"

    def identity(image: str) -> str:
        return str(engine.translated(functools.partial(engine.client.inspect_image, image))["Id"])

    engine.translated(functools.partial(engine.client.tag, BUSYBOX, *name.split(":")))
    build = (
        f'printf \'FROM {BUSYBOX}\\nRUN echo ${{{{ matrix.leg }}}} > /leg\\nCMD ["cat", "/leg"]\\n\' > Dockerfile\n'
        f"docker build --tag {name} . && sleep 2\n"
        f'echo ">$(docker run --rm {name}) $(docker run --rm {name})"\n'
        f'printf \'FROM {name}\\nCMD ["cat", "/leg"]\\n\' > Dockerfile && docker build --quiet --tag {name}0 .\n'
    )
    try:
        job = "runs-on: ubuntu-latest\n    strategy: {matrix: {leg: [1, 2]}}\n    steps:\n      - run: |\n"
        ran = run(f"on: push\njobs:\n  job:\n    {job}{indented(build)}\n")
        assert ran.results() == {"job.1": "success", "job.2": "success"}
        assert [ran.said("job.1"), ran.said("job.2")] == [["1 1"], ["2 2"]]
        assert identity(name) == identity(BUSYBOX)
    finally:
        for image in (name, f"{name}0"):
            engine.translated(functools.partial(engine.client.remove_image, image))


@pytest.fixture
def compose(repository: Path) -> str:
    """The words for Compose, with a stack in the repository."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0
        ):
            folder = repository / f"stack-{WORKER}"
            folder.mkdir()
            text = (
                f"services:\n  web:\n    image: {BUSYBOX}\n    environment: {{WORD: stack}}\n    ports: ['9097:80']\n"
            )
            text += f"    command: {SERVING.replace('$', '$$')}\n    volumes: ['kept:/kept']\nvolumes: {{kept: {{}}}}\n"
            (folder / "docker-compose.yml").write_text(f"version: '3'\n{text}", encoding="utf-8")
            return " ".join(words)
    pytest.skip("there is no Compose")


def test_a_stack_of_compose_is_reached_and_the_machines_own_of_that_name_is_left_alone(run: Run, compose: str) -> None:
    engine = running_engine()
    name = f"stack-{WORKER}"
    label = {"com.docker.compose.project": name}
    own = engine.translated(functools.partial(engine.client.create_volume, f"{name}_kept", labels=label))
    try:
        script = f"cd {name}\n{compose} up -d\n{compose} ps"
        text = served(script, 9097) + indented("")
        down = f"      - if: always()\n        run: cd {name} && {compose} down -v\n"
        checkout = "      - uses: actions/checkout@v4\n      - run: |\n"
        ran = run("on: push\njobs:\n" + text.replace("      - run: |\n", checkout, 1).rstrip() + "\n" + down)
        apart(ran)
        assert (ran.code, ran.said("job")) == (0, ["stack"])
        assert any(re.search(rf"{name}-[0-9a-f]{{8}}[-_]web[-_]1", line) for line in ran.log("job"))
        kept = engine.translated(functools.partial(engine.client.volumes, filters={"name": f"{name}_kept"}))
        assert [one["Name"] for one in kept["Volumes"]] == [own["Name"]]
    finally:
        engine.translated(functools.partial(engine.client.remove_volume, own["Name"]))


def test_legs_publish_the_same_port_of_a_file_of_compose_and_name_what_it_made(run: Run, compose: str) -> None:
    name = f"stack-{WORKER}"
    script = f"cd {name}\n{compose} up -d\ndocker exec {name}-web-1 sh -c 'until [ -e /w/word ]; do sleep 0.1; done'\n"
    script += f"docker run --rm --network {name}_default {BUSYBOX} wget -qO- http://web/word | sed 's/^/>/'\n"
    script += f"docker volume inspect --format '>{{{{.Name}}}}' {name}_kept | sed 's/-[^-]*_/_/'\nsleep 2"
    text = served(script, 9097, more="strategy: {matrix: {leg: [1, 2]}}")
    text = text.replace("steps:\n", "steps:\n      - uses: actions/checkout@v4\n", 1)
    ran = run(f"on: push\njobs:\n{text}")
    apart(ran, "job.1")
    assert ran.results() == {"job.1": "success", "job.2": "success"}
    assert [ran.said(job) for job in ("job.1", "job.2")] == [["stack", f"{name}_kept", "stack"]] * 2
    assert left_of(ran) == []


def test_a_project_that_a_command_names_is_another_one_where_the_machine_has_it(run: Run, compose: str) -> None:
    engine = running_engine()
    project = f"named-{WORKER}"
    label = {"com.docker.compose.project": project}
    own = engine.translated(functools.partial(engine.client.create_volume, f"{project}_kept", labels=label))
    try:
        words = f"{compose} -p {project}"
        script = f"""cd stack-{WORKER}
{words} up -d
echo ">$({words} exec -T web cat /w/word) $(docker ps --quiet | wc -l) $(docker volume ls --quiet | wc -l)"
docker rm --force $(docker ps --quiet)
echo ">$({words} ps --quiet | wc -l)"
{words} down -v"""
        steps = f"      - uses: actions/checkout@v4\n      - run: |\n{indented(script)}\n"
        ran = run(f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
        assert (ran.code, ran.said("job")) == (0, ["stack 1 1", "0"])
        assert any(f"somebody else has the project '{project}' of Compose here" in line for line in ran.log("job"))
        kept = engine.translated(functools.partial(engine.client.volumes, filters={"name": f"{project}_kept"}))
        assert [one["Name"] for one in kept["Volumes"]] == [own["Name"]]
    finally:
        engine.translated(functools.partial(engine.client.remove_volume, own["Name"]))


def test_two_jobs_have_what_a_file_of_compose_calls_by_fixed_names_at_once(
    repository: Path, run: Run, compose: str
) -> None:
    file, fixed = repository / f"stack-{WORKER}/docker-compose.yml", f"fixed-{WORKER}"
    text = file.read_text(encoding="utf-8").replace("    ports: ['9097:80']\n", f"    container_name: {fixed}\n")
    text = text.replace("kept: {}", f"kept: {{name: {fixed}}}").replace("WORD: stack", "WORD: '${WORD}'")
    more = f"  ask: {{image: '{BUSYBOX}', command: sleep 300}}\nnetworks: {{default: {{name: {fixed}}}}}\n"
    file.write_text(text.replace("volumes: {kept", f"{more}volumes: {{kept"), encoding="utf-8")
    script = f"""cd stack-{WORKER}
{compose} up -d
docker exec {fixed} sh -c 'until [ -e /w/word ]; do sleep 0.1; done'
echo ">$({compose} exec -T ask wget -qO- http://{fixed}/word) $({compose} exec -T ask wget -qO- http://web/word)"
sleep 4 # the other job is there, too
{compose} down -v
echo ">$(docker ps --all --quiet | wc -l)\""""
    jobs = "".join(
        f"  {one}:\n    runs-on: ubuntu-latest\n    env: {{WORD: {one}}}\n"
        f"    steps:\n      - uses: actions/checkout@v4\n      - run: |\n{indented(script)}\n"
        for one in ("one", "two")
    )
    ran = run(f"on: push\njobs:\n{jobs}")
    assert (ran.code, ran.said("one"), ran.said("two")) == (0, ["one one", "0"], ["two two", "0"])
