"""Jobs with a container of their own: where steps run, what they see, what is left."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

import pytest
from containers import BUSYBOX, DEBIAN, PYTHON, left_of, running_engine
from running import Run

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]


def workflow(container: str, steps: str, more: str = "") -> str:
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    container: {container}\n{more}    steps:\n{steps}"


def script(*lines: str) -> str:
    return "      - run: |\n" + "".join(f"          {line}\n" for line in lines)


def test_steps_run_inside_with_githubs_folders_and_hand_on_what_they_write(run: Run) -> None:
    running_engine(DEBIAN)
    first = script(
        'echo "> $PWD $HOME $GITHUB_WORKSPACE ${{ github.workspace }}"',
        'echo "> $RUNNER_TEMP ${{ runner.temp }} $RUNNER_TOOL_CACHE"',
        'echo "> $(test -s "$GITHUB_EVENT_PATH" && echo $GITHUB_EVENT_PATH) $(hostname) $GREETING"',
        "echo A=1 >> $GITHUB_ENV; echo out=two >> $GITHUB_OUTPUT; echo $GITHUB_WORKSPACE/bin >> $GITHUB_PATH",
        "mkdir bin; printf '#!/bin/sh\\necho \"> found\"' > bin/tool; chmod +x bin/tool",
    ).replace("- run", "- id: one\n        run", 1)
    second = script(
        "echo \"> $A ${{ steps.one.outputs.out }} ${{ job.container.id != '' }} ${{ job.container.network != '' }}\"",
        "tool; echo '> '; echo '::error file=/__w/repository/repository/a.txt,line=3::bad'",
    )
    container = f"{{image: '{DEBIAN}', env: {{GREETING: '${{{{ github.event_name }}}}'}}, options: --hostname inner}}"
    ran = run(workflow(container, first + second))
    assert ran.results() == {"job": "success"}
    assert ran.said("job") == [
        "/__w/repository/repository /github/home /__w/repository/repository /__w/repository/repository",
        "/__w/_temp /__w/_temp /__t",
        "/github/workflow/event.json inner push",
        "1 two true true",
        "found",
        "",
    ]
    assert [note.file for note in ran.job("job").annotations] == ["a.txt"]
    assert ran.job("job").isolation == ("container",)
    assert left_of(ran) == []


def test_a_failure_inside_is_the_jobs(run: Run) -> None:
    running_engine(DEBIAN)
    ran = run(workflow(DEBIAN, script("false | true", "exit 3")))
    assert (ran.results(), ran.job("job").steps["1"].exit_code) == ({"job": "failure"}, 3)


def test_scripts_run_by_sh_unless_they_name_another_shell_also_where_the_image_has_bash(run: Run) -> None:
    """docs.github.com, "Running jobs in a container": the default is sh instead of bash."""
    running_engine(DEBIAN)
    tells = 'echo "> ${BASH_VERSION:-none}" | cut -c1-6'
    ran = run(workflow(DEBIAN, script(tells) + script(tells) + "        shell: bash\n"))
    assert ran.results() == {"job": "success"}
    assert [said.partition(".")[0] for said in ran.said("job")] == ["none", "5"]
    assert any(line.endswith("/sh -e {0}") for line in ran.log("job"))


def test_without_bash_scripts_run_by_sh(run: Run) -> None:
    running_engine(BUSYBOX)
    ran = run(
        workflow("'${{ vars.NONE || ''busybox:stable'' }}'", script('echo "> $0 $(test -e /bin/bash || echo none)"'))
    )
    assert ran.results() == {"job": "success"}
    assert "shell: sh -e {0}" in ran.log("job")
    assert ran.said("job")[0].endswith(".sh none")


def test_a_named_volume_is_shared_with_services_and_goes_with_the_job(run: Run) -> None:
    engine = running_engine(BUSYBOX)
    own = f"sluice-test-own-{os.getpid()}"
    engine.translated(functools.partial(engine.client.create_volume, own))
    volumes = f"['shared-{own}:/shared', '{own}:/own', '/anonymous']"
    web = f"{{image: '{BUSYBOX}', entrypoint: httpd, command: -f -p 80 -h /www, volumes: ['shared-{own}:/www']}}"
    steps = script("echo '> it' > /shared/it; wget -q -O - http://web/it")
    text = workflow(f"{{image: '{BUSYBOX}', volumes: {volumes}}}", steps, f"    services: {{web: {web}}}\n")
    try:
        ran = run(text)
        assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["it"]), ran.log("job")
        left = engine.translated(functools.partial(engine.client.volumes, filters={"name": own}))["Volumes"]
        assert [one["Name"] for one in left] == [own], "the machine's stays the machine's"
    finally:
        engine.translated(functools.partial(engine.client.remove_volume, own))


@pytest.mark.parametrize(
    "option",
    [
        "-v NAME:/x",
        "--mount type=volume,source=NAME,target=/x",
        "--mount=type=volume,src=NAME,dst=/x",
        "--mount source=NAME,destination=/x,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-driver=local",
        "--volume-driver local -v NAME:/x",
    ],
)
def test_legs_have_a_named_volume_each_however_it_is_named(run: Run, option: str) -> None:
    engine = running_engine(BUSYBOX)
    name = f"sluice-test-legs-{os.getpid()}"
    options = option.replace("NAME", name)
    leg = script(
        "echo ${{ matrix.leg }} >> /x/leg; sleep 3; sed 's/^/> /' /x/leg; wget -q -O - http://web/leg >/dev/null"
    )
    web = f"{{image: '{BUSYBOX}', options: '{options} --entrypoint httpd', command: -f -p 80 -h /x}}"
    more = f"    strategy: {{matrix: {{leg: [1, 2]}}}}\n    services: {{web: {web}}}\n"
    ran = run(workflow(f"{{image: '{BUSYBOX}', options: '{options}'}}", leg, more), at_once=2)
    assert ran.results() == {"job.1": "success", "job.2": "success"}, ran.log("job.1")
    assert [ran.said("job.1"), ran.said("job.2")] == [["1"], ["2"]]
    left = engine.translated(functools.partial(engine.client.volumes, filters={"name": name}))["Volumes"]
    assert not left, "they end with their jobs"


def test_checkout_artifacts_and_hash_files_work_through_the_mount(run: Run, repository: Path) -> None:
    running_engine(DEBIAN)
    (repository / "a.txt").write_text("a\n")
    steps = (
        "      - uses: actions/checkout@v4\n"
        + script(
            "cat a.txt; echo \"> ${{ hashFiles(format('{0}/a.txt', github.workspace)) != '' }}\"", "echo b > b.txt"
        )
        + "      - uses: actions/upload-artifact@v4\n        with: {name: b, path: '${{ github.workspace }}/b.txt'}\n"
        + "      - uses: actions/download-artifact@v4\n        id: down\n        with: {name: b, path: down}\n"
        + script('echo "> $(cat down/b.txt) ${{ steps.down.outputs.download-path }}"')
    )
    ran = run(workflow(DEBIAN, steps))
    assert ran.results() == {"job": "success"}
    assert ran.said("job") == ["true", "b /__w/repository/repository/down"]


def test_absolute_paths_of_artifacts_are_the_containers(run: Run) -> None:
    running_engine(BUSYBOX)
    write = 'echo inside > "$RUNNER_TEMP/t.txt"; echo inside > /github/home/h.txt; echo "> $RUNNER_TEMP"'
    steps = (
        script(write)
        + "      - uses: actions/upload-artifact@v4\n        with:\n          name: a\n"
        + "          path: |\n            ${{ runner.temp }}/t.txt\n            ~/h.txt\n"
        + "      - uses: actions/download-artifact@v4\n        id: down\n"
        + "        with: {name: a, path: /__w/_temp/down}\n"
        + script(
            'echo "> ${{ steps.down.outputs.download-path }}"; find /__w/_temp/down -type f | sed "s/^/> /" | sort'
        )
    )
    ran = run(workflow(BUSYBOX, steps))
    assert ran.results() == {"job": "success"}, ran.log("job")
    assert ran.said("job")[:2] == ["/__w/_temp", "/__w/_temp/down"]
    assert sorted(Path(line).name for line in ran.said("job")[2:]) == ["h.txt", "t.txt"]


@pytest.mark.parametrize(
    "step",
    [
        "actions/upload-artifact@v4\n        with: {name: a, path: PLACE}",
        "actions/download-artifact@v4\n        with: {name: a, path: PLACE}",
        "actions/cache@v4\n        with: {key: a, path: PLACE}",
    ],
)
def test_a_path_in_the_container_alone_is_told(run: Run, tmp_path: Path, step: str) -> None:
    running_engine(BUSYBOX)
    (tmp_path / "file").write_text("of this machine")
    place = tmp_path / "file"
    ran = run(workflow(BUSYBOX, f"      - uses: {step.replace('PLACE', str(place))}\n"))
    assert ran.results() == {"job": "failure"}
    assert f"'{place}' is in the job's container alone" in (ran.job("job").steps["1"].reason or "")
    assert place.read_text() == "of this machine"


def test_an_image_without_an_entry_runs_on_the_machine(run: Run) -> None:
    ran = run(workflow("{image: '${{ vars.NONE }}'}", script('echo "> $HOME"')))
    assert ran.results() == {"job": "success"}
    assert ran.said("job") != ["/github/home"]


@pytest.mark.needs_node
def test_javascript_actions_run_inside_on_this_machines_node(run: Run, repository: Path) -> None:
    running_engine(DEBIAN)
    (repository / "js").mkdir()
    (repository / "js/action.yml").write_text("name: js\nruns: {using: node20, main: main.js}\n")
    (repository / "js/main.js").write_text(
        "console.log('> ' + process.cwd() + ' ' + require('fs').existsSync('/etc/debian_version') + ' ' + __filename)"
    )
    ran = run(workflow(DEBIAN, "      - uses: actions/checkout@v4\n      - uses: ./js\n"))
    assert ran.results() == {"job": "success"}
    assert ran.said("job") == ["/__w/repository/repository true /__w/repository/repository/js/main.js"]


@pytest.mark.needs_node
def test_an_image_that_can_not_run_node_says_so(run: Run, repository: Path) -> None:
    running_engine(BUSYBOX)
    (repository / "js").mkdir()
    (repository / "js/action.yml").write_text("name: js\nruns: {using: node20, main: main.js}\n")
    (repository / "js/main.js").write_text("")
    ran = run(workflow(BUSYBOX, "      - uses: actions/checkout@v4\n      - uses: ./js\n"))
    assert ran.results() == {"job": "failure"}
    assert "'node' of this machine doesn't run in the job's container" in ran.job("job").steps["2"].reason


@pytest.mark.needs_postgresql
def test_services_answer_under_their_names(run: Run) -> None:
    running_engine(PYTHON, BUSYBOX)
    services = f"""    services:
      postgres: {{image: 'postgres:15', env: {{POSTGRES_PASSWORD: secret}}, ports: ['5432:5432']}}
      web: {{image: '{BUSYBOX}', command: 'httpd -f -p 80 -h /etc'}}
"""
    check = (
        "      - shell: python\n        run: |\n"
        "          import socket, urllib.request\n"
        "          with socket.create_connection(('postgres', 5432), 5) as peer:\n"
        "              peer.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47])); print('>', peer.recv(1))\n"
        "          print('>', urllib.request.urlopen('http://web/passwd', timeout=5).status)\n"
    )
    ran = run(workflow(PYTHON, check, services))
    assert ran.results() == {"job": "success"}
    assert ran.said("job") == ["b'N'", "200"]
    names = [step.name for step in ran.job("job").steps.values()]
    assert (names.count("Initialize containers"), names.count("Stop containers")) == (1, 1)
    assert left_of(ran) == []


def test_volumes_and_ports_of_the_container(run: Run, tmp_path: Path) -> None:
    running_engine(BUSYBOX)
    (tmp_path / "given").write_text("given\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    container = (
        f"{{image: '{BUSYBOX}', volumes: ['{tmp_path}/given:/given:ro'], ports: ['{port}:80'], options: '--user 0'}}"
    )
    ran = run(workflow(container, script("httpd -p 80 -h /; sleep 0.1", 'echo "> $(cat /given)"')))
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["given"])


def test_an_image_that_can_not_be_had_fails_before_the_first_step(run: Run) -> None:
    running_engine()
    ran = run(workflow("127.0.0.1:1/no/such:1", script("echo '> ran'").replace("- run", "- if: always()\n        run")))
    step = ran.job("job").steps["containers"]
    assert (ran.results(), ran.said("job"), step.name) == ({"job": "failure"}, [], "Initialize containers")
    assert step.reason.startswith("The image '127.0.0.1:1/no/such:1' of the job's container can't be pulled")
    assert "connection refused" in step.reason
    assert left_of(ran) == []


@pytest.mark.parametrize(("strict", "conclusion"), [(False, "skipped"), (True, "failure")])
def test_without_an_engine_the_job_is_skipped_or_fails_when_strict(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, conclusion: str, *, strict: bool
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    ran = run(workflow(DEBIAN, script("echo '> ran'")), strict=strict)
    assert (ran.results(), ran.said("job")) == ({"job": conclusion}, [])
    reason = ran.job("job").reason
    assert reason == (
        f"the job wants a container of '{DEBIAN}': the container engine at unix://{tmp_path}/none.sock isn't running "
        "(start it)"
    )


@pytest.mark.parametrize("option", ["--network", "--entrypoint"])
def test_an_option_that_github_does_not_support_is_told(run: Run, option: str) -> None:
    running_engine(BUSYBOX)
    ran = run(workflow(f"{{image: '{BUSYBOX}', options: {option} host}}", script("echo '> ran'")))
    assert (ran.results(), ran.said("job")) == ({"job": "failure"}, [])
    reason = ran.job("job").steps["containers"].reason
    assert f"the option '{option}' can't be given" in reason
    assert "GitHub" in reason


def test_what_a_user_of_the_container_wrote_is_removed_with_the_job(run: Run) -> None:
    running_engine(DEBIAN)
    container = f"{{image: '{DEBIAN}', options: --user 12345}}"
    ran = run(workflow(container, script('id -u; touch /tmp/mine; echo "> $(id -u) $PWD"')))
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["12345 /__w/repository/repository"])
    assert os.geteuid() != 0 or not list((ran.folder / "jobs").glob("*"))


def test_the_user_of_githubs_runner_writes_into_the_jobs_folders(run: Run, repository: Path) -> None:
    """Who owns them on GitHub; what a built-in action wrote is no exception."""
    running_engine(DEBIAN)
    (repository / "deep/er").mkdir(parents=True)
    (repository / "deep/er/file").write_text("1", encoding="utf-8")
    steps = "      - uses: actions/checkout@v4\n" + script(
        "echo 2 >> deep/er/file; mkdir deep/own; touch deep/own/it made $HOME/it $RUNNER_TEMP/it",
        'echo "> $(id -u) $(cat deep/er/file)"; echo A=1 >> $GITHUB_ENV; echo "# It" >> $GITHUB_STEP_SUMMARY',
    )
    container = f"{{image: '{DEBIAN}', options: --user 1001}}"
    ran = run(workflow(container, steps + script('echo "> $A"', "rm -r deep made")))
    assert ran.said("job") == ["1001 12", "1"], "\n".join(ran.log("job"))
    assert ran.results() == {"job": "success"}


def test_setup_python_takes_the_images_own(run: Run) -> None:
    running_engine(PYTHON, DEBIAN)
    use = "      - uses: actions/setup-python@v5\n        id: python\n        with: {python-version: '3.11'}\n"
    told = script(
        'echo "> ${{ steps.python.outputs.python-version }} $(python -c "import sys; print(sys.version_info[1])")"'
    )
    ran = run(workflow(PYTHON, use + told))
    assert ran.results() == {"job": "success"}
    assert [line.split(".")[1] for line in ran.said("job")] == ["11"]
    assert ran.said("job")[0].endswith(" 11")
    other = run(workflow(DEBIAN, use + told))
    assert (other.results(), other.said("job")) == ({"job": "skipped"}, [])
    assert "The job's container has no Python 3.11; it has none" in other.job("job").reason


@pytest.mark.needs_node
def test_setup_node_brings_a_release_that_the_container_can_run(run: Run) -> None:
    running_engine(DEBIAN)
    use = "      - uses: actions/setup-node@v4\n        with: {node-version: '24'}\n"
    ran = run(
        workflow(
            DEBIAN,
            use
            + script(
                'echo "> $(node --version | cut -d. -f1) $(command -v node | cut -c1-4) $(npm --version | wc -l)"'
            ),
        )
    )
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["v24 /__t 1"])


def test_an_expression_may_give_the_whole_container(run: Run) -> None:
    running_engine(BUSYBOX)
    given = f'{{"image": "docker://{BUSYBOX}", "env": {{"A": "one"}}}}'
    ran = run(workflow("${{ fromJSON(vars.CONTAINER) }}", script('echo "> $A"')), variables={"CONTAINER": given})
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["one"])
