"""``sluice deploy`` and its commands, for real: processes, ports, a switch."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from itertools import takewhile

import pytest
from deployed import SERVER, Project

PARTICULAR = (
    SERVER.replace('sys.exit("no such module")', 'sys.exit(os.environ["TOKEN"] + " is too short")')
    .replace("500 if VERSION", '200 if self.path == "/?token=hush-hush" else 403 if VERSION')
    .replace('startswith("ill")', "strip()")
)
"""It answers to one token."""
pytestmark = pytest.mark.slow
Make = Callable[..., Project]


def test_a_version_takes_the_place_of_another(project: Project) -> None:
    project.commit("v1")
    said = project.run("staging")
    assert "staging is at v1" in said
    assert project.answer() == "v1"
    project.commit("v2")
    difference = project.run("diff", "staging")
    assert "1 commit\n" in difference
    assert "Version v2" in difference
    releases = next(project.home.glob("state/environments/*/releases"))
    unused = releases / "0123456789abcdef-01234567"
    unused.mkdir()
    for folder in (unused, *releases.glob("*-*/.sluice-built")):
        os.utime(folder, (1, 1))
    project.run("staging")
    assert project.answer() == "v2"
    assert (unused.exists(), len(list(releases.glob("*-*/.sluice-built")))) == (False, 2), "there is a way back to v1"
    status = project.run("status")
    assert "healthy" in status
    assert "v2" in status
    assert status.count("running") == 1, "the old version is gone"
    assert "is back" not in project.run("rollback", "staging", "--why", "a hunch")
    assert project.answer() == "v1"
    history = project.run("history")
    assert "(rollback)" in history
    assert "a hunch" in history


@pytest.mark.parametrize(
    ("version", "seconds", "reason"),
    [("ill", 2, "answers 500"), ("crashes", 60, "the program ended 3 times, last with 1: no such module")],
)
def test_what_is_not_well_never_meets_anybody(project: Project, version: str, seconds: int, reason: str) -> None:
    """Whoever ends three times isn't waited for any longer."""
    project.commit("v1")
    project.run("staging")
    text = (project.root / "sluice.toml").read_text(encoding="utf-8").replace("timeout = 10", f"timeout = {seconds}")
    (project.root / "sluice.toml").write_text(text, encoding="utf-8")
    project.commit(version)
    said = project.run("staging", code=1)
    assert reason in said
    assert "staging is back at v1" in said
    assert project.answer() == "v1"
    assert reason in project.run("history")


def test_what_can_not_be_started_at_all_takes_nothing_else_with_it(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    settings = project.root / "sluice.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("server.py", "server.py \\u0000"), encoding="utf-8"
    )
    project.commit("v2")
    said = project.run("staging", code=1)
    assert "can't be started: embedded null byte" in said
    assert "staging is back at v1" in said
    assert project.answer() == "v1"


def test_a_port_that_is_taken_is_named_and_the_live_version_stays(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    settings = project.root / "sluice.toml"
    before = settings.read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        settings.write_text(before.replace(f"127.0.0.1:{project.port}", taken), encoding="utf-8")
        project.commit("v2")
        said = project.run("staging", code=1)
    settings.write_text(before, encoding="utf-8")
    assert f"port 'web' can't be had at {taken}: another program, or another environment, listens there" in said
    assert "staging is back at v1" in said
    assert project.answer() == "v1"


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (0, "it could not be started: the program ended with 1: no such module"),
        (3, "it failed while it was watched: the program ended with 1: no such module"),
    ],
)
def test_without_a_check_a_program_that_ends_once_while_it_starts_or_is_watched_has_failed(
    project: Project, seconds: int, reason: str
) -> None:
    settings, server = project.root / "sluice.toml", project.root / "server.py"
    text = settings.read_text(encoding="utf-8").partition("[environment.staging.health]")[0]
    settings.write_text(text.replace("watch = 0.1", "watch = 4"), encoding="utf-8")
    first = f"import time; time.sleep({seconds}); print('I had', os.environ.get('TOKEN'), flush=True)"
    text = server.read_text(encoding="utf-8").replace('    sys.exit("no', f'    {first}\n    sys.exit("no')
    server.write_text(text, encoding="utf-8")
    project.commit("v1")
    assert "no check is configured" in project.run("staging")
    project.commit("crashes")
    said = project.run("staging", code=1)
    assert reason in said
    assert [line.strip() for line in said.partition(reason)[2].splitlines()[1:3]] == ["I had None", "no such module"]
    assert project.answer() == "v1"
    history = project.run("history")
    assert reason in history
    assert "I had None" in history


def test_what_fails_its_verification_goes_back(make_project: Make) -> None:
    check = '[environment.staging.verify]\ncommand = "test $SLUICE_VERSION = v1 || { echo too new $TOKEN; exit 3; }"'
    project = make_project('secrets = ["TOKEN"]', check)
    project.commit("v1")
    project.run("staging", TOKEN="hush-hush")
    assert project.answer() == "v1 hush-hush"
    project.commit("v2")
    said = project.run("staging", "--secret", "TOKEN=hush-hush", code=1)
    assert "verification failed" in said
    assert "too new ***" in said
    assert "hush-hush" not in said + project.run("history")


def test_a_verification_finds_sluice_where_path_has_none(make_project: Make) -> None:
    project = make_project("", '[environment.staging.verify]\ncommand = "sluice --version"')
    project.commit("v1")
    project.run("staging", PATH="/usr/bin:/bin")
    assert project.answer() == "v1"


def test_who_is_told_to_end_goes_back_first(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    settings = project.root / "sluice.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("watch = 0.1", "watch = 600"), encoding="utf-8")
    project.commit("v2")
    process = project.start("staging")
    assert process.stdout is not None
    said = list(takewhile(lambda line: "switched" not in line, process.stdout))
    process.terminate()
    rest, _ = process.communicate()
    assert process.returncode == 130, (said, rest)
    assert ": interrupted" in project.run("history")
    assert project.answer() == "v1"


def test_secrets_are_those_that_are_declared(make_project: Make) -> None:
    project = make_project('secrets = ["TOKEN"]')
    project.commit("v1")
    assert "needs the secret TOKEN" in project.run("staging", code=2)
    assert "does not declare the secret OTHER" in project.run("staging", "-s", "OTHER=x", "-s", "TOKEN=y", code=2)
    project.run("staging", OTHER="x", TOKEN="y")
    assert project.answer() == "v1 y"


def test_a_check_has_the_secrets_of_its_version_and_nobody_is_told_them(make_project: Make) -> None:
    project = make_project('secrets = ["TOKEN"]')
    settings = project.root / "sluice.toml"
    text = settings.read_text(encoding="utf-8").replace("$PORT_WEB/", "$PORT_WEB/?token=$TOKEN")
    settings.write_text(text, encoding="utf-8")
    (project.root / "server.py").write_text(PARTICULAR, encoding="utf-8")
    project.commit("v1")
    project.run("staging", TOKEN="hush-hush")
    assert "healthy" in project.run("status", "staging", TOKEN="other-one")
    project.commit("crashes")
    said = project.run("staging", TOKEN="other-one", code=1)
    assert "last with 1: *** is too short" in said
    assert "staging is back at v1" in said
    settings.write_text(text.replace("timeout = 10", "timeout = 1"), encoding="utf-8")
    project.commit("v2")
    said += project.run("staging", TOKEN="other-one", code=1)
    assert "/?token=*** answers 403" in said
    assert not {"other-one", "hush-hush"} & set(re.split(r"[^\w-]", said + project.run("history")))


@pytest.mark.parametrize("publishes", ["true", "false"])
def test_a_job_of_a_run_neither_goes_back_nor_stops_what_runs(project: Project, publishes: str) -> None:
    for version in ("v1", "v2"):
        project.commit(version)
        project.run("staging")
    for word in ("rollback", "stop"):
        assert "not for a job of a run" in project.run(word, "staging", SLUICE_PUBLISH=publishes, code=2)
    assert project.answer() == "v2"


def test_who_goes_back_need_not_give_the_secrets_again(make_project: Make) -> None:
    project = make_project('secrets = ["TOKEN"]')
    for version, token in (("v1", "first"), ("v2", "second"), ("v3", "third")):
        project.commit(version)
        project.run("staging", TOKEN=token)
    project.run("rollback", "staging")
    assert project.answer() == "v2 third", "the one that is known to hold now"
    project.run("rollback", "staging", "--secret", "TOKEN=other")
    assert project.answer() == "v1 other"
    assert "needs the secret TOKEN" in project.run("staging", code=2), "a deployment is given its own"


def test_rules_reviewers_and_timers(make_project: Make) -> None:
    project = make_project('tags = ["v*", "!v*-*"]\nreviewers = ["ada"]\nwait-timer = 0.01')
    project.commit("v2-rc.1")
    assert "staging' takes tags v*, !v*-*; v2-rc.1 is on branch main" in project.run("staging", code=2)
    project.commit("v2")
    assert "needs a review by ada" in project.run("staging", "v2", code=2)
    began = time.monotonic()
    assert "waits 0.01 minutes" in project.run("staging", "v2", "--approve", "staging")
    assert time.monotonic() - began > 0.6
    assert "approved by" in project.run("history")


def test_the_second_of_two_waits_or_is_refused(project: Project) -> None:
    project.commit("v1")
    text = (project.root / "sluice.toml").read_text(encoding="utf-8").replace("watch = 0.1", "watch = 8")
    (project.root / "sluice.toml").write_text(text, encoding="utf-8")
    project.run("staging")
    project.commit("v2")
    first = project.start("staging", "v2")
    deadline = time.monotonic() + 20
    while project.answer() != "v2" and time.monotonic() < deadline:
        time.sleep(0.05)
    second = project.start("staging", "v1")
    assert "is taken: deploy of v2" in project.run("staging", "v1", "--no-wait", code=2)
    assert "waits for deploy of v2" in second.communicate(timeout=90)[0]
    assert first.wait(30) == 0
    first.communicate()
    assert project.answer() == "v1"
    assert [one["phase"] for one in project.history()] == ["finished"] * 3


def test_a_power_cut_between_deployments(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    project.cut_power()
    assert "healthy" in project.run("status")
    assert project.answer() == "v1"


def test_what_is_not_committed_is_told_not_to_be_in_it(project: Project) -> None:
    for name in ("a", "b", "c", "d"):
        (project.root / name).touch()
    project.commit("v1")
    (project.root / "untracked").touch()
    assert "not committed" not in project.run("staging")
    (project.root / "a").write_text("changed", encoding="utf-8")
    assert "what is not committed is not in it: a\n" in project.run("staging")
    assert "not committed" not in project.run("staging", "v1")
    for name in ("b", "c", "d"):
        (project.root / name).unlink()
    assert "what is not committed is not in it: a, b, c and 1 more\n" in project.run("staging")


def test_a_program_that_dies_is_started_again(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    _, *_ = project.run("status").splitlines()
    folder = next(project.home.glob("state/environments/*/staging/desired.json"))
    pid = int(folder.read_text(encoding="utf-8").split('"pid":')[1].split(",")[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not answers(project, "v1") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "restarted 1 time\n" in project.run("status")


def answers(project: Project, version: str) -> bool:
    """A connection that met the program as it died is cut off."""
    try:
        return project.answer() == version
    except OSError:
        return False


def test_an_environment_that_is_not_there(project: Project) -> None:
    project.commit("v1")
    assert "no environment 'stagin'" in project.run("stagin", code=2)
    assert "there is no commit 'v9'" in project.run("staging", "v9", code=2)
    refused = project.run("rollback", "staging", code=2)
    assert "no other version that was good" in refused
    assert "any commit: sluice deploy staging REF" in refused


def test_a_unit_brings_up_again_what_lost_its_supervisor(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    unit = dict(line.split("=", 1) for line in project.run("unit").splitlines() if "=" in line)
    assert unit["Environment"] == f'"SLUICE_HOME={project.home}"'
    assert "OnUnitInactiveSec=1min" in project.run("unit", "--timer")
    project.cut_power()
    with pytest.raises(OSError, match=r"refused|reset"):
        project.answer()
    subprocess.run(
        shlex.split(unit["ExecStart"]),
        cwd=unit["WorkingDirectory"],
        env=dict([unit["Environment"].strip('"').split("=", 1)]),
        check=True,
        timeout=60,
    )
    assert project.answer() == "v1"


SMOKE = """\
name: Smoke
on: workflow_dispatch
jobs:
  smoke:
    runs-on: ubuntu-latest
    steps:
      - name: The new version answers
        run: |
          said=$(python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())' \\
            "http://127.0.0.1:${{ vars.PORT_WEB }}/")
          echo "it said $said, it is ${{ vars.SLUICE_VERSION }}"
          test "$said" != v2
"""


def test_a_workflow_verifies_the_new_version(make_project: Make) -> None:
    project = make_project("", '[environment.staging.verify]\nworkflow = "smoke.yml"\n')
    (project.root / ".github/workflows").mkdir(parents=True)
    (project.root / ".github/workflows/smoke.yml").write_text(SMOKE, encoding="utf-8")
    project.commit("v1")
    assert "smoke.yml" in project.run("staging")
    assert project.answer() == "v1"
    project.commit("v2")
    said = project.run("staging", code=1)
    assert "verification failed: `smoke.yml` ended with 1" in said
    assert "it said v2, it is v2" in said, "the new version was asked, beside the live one"
    assert project.answer() == "v1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, "No workflow 'smoke.yml'"), ("on: push\njobs: {}\n", "smoke.yml")],
    ids=["gone", "wrong"],
)
def test_a_workflow_that_can_not_verify_fails_the_deployment(text: str | None, reason: str, make_project: Make) -> None:
    project = make_project("", '[environment.staging.verify]\nworkflow = "smoke.yml"\n')
    (project.root / ".github/workflows").mkdir(parents=True)
    if text is not None:
        (project.root / ".github/workflows/smoke.yml").write_text(text, encoding="utf-8")
    project.commit("v1")
    said = project.run("staging", code=1)
    assert "verification failed" in said
    assert reason in said


def test_what_a_check_said_is_told_without_secrets(make_project: Make) -> None:
    project = make_project('secrets = ["TOKEN"]')
    settings = project.root / "sluice.toml"
    check = """command = 'echo "the queue is stuck $TOKEN"; exit 3'"""
    text = settings.read_text(encoding="utf-8").replace('url = "http://127.0.0.1:$PORT_WEB/"', check)
    settings.write_text(text.replace("timeout = 10", "timeout = 0.5"), encoding="utf-8")
    project.commit("v1")
    said = project.run("staging", TOKEN="hush-hush", code=1)
    assert "ended with 3" in said
    assert "the queue is stuck ***" in said
    assert "the queue is stuck ***" in project.run("history")


def test_what_comes_before_is_a_line_of_the_shell(project: Project) -> None:
    settings = project.root / "sluice.toml"
    text = settings.read_text(encoding="utf-8").replace("drain = 5", 'drain = 5\nbefore = "exit 9"')
    settings.write_text(text, encoding="utf-8")
    project.commit("v1")
    assert "`exit 9` ended with 9" in project.run("staging", code=1)


def test_an_empty_ref_is_no_wish(project: Project) -> None:
    project.commit("v1")
    for word in ("to", "diff"):
        assert "REF is empty" in project.run(word, "staging", "", code=2)
    assert project.history() == []


def test_a_program_that_ends_once_before_it_is_healthy_is_asked_where_it_is_then(project: Project) -> None:
    server = project.root / "server.py"
    first = """\
mark = os.path.join(os.environ["STATE_DIRECTORY"], VERSION)
if not os.path.exists(mark):
    open(mark, "w").close()
    sys.exit("the database is not there yet")
"""
    text = server.read_text(encoding="utf-8").replace("class Handler", f"{first}\nclass Handler")
    server.write_text(text, encoding="utf-8")
    project.commit("v1")
    project.run("staging")
    assert project.answer() == "v1"


def test_a_program_that_ends_while_it_is_watched_has_failed_though_its_check_is_good(project: Project) -> None:
    settings, server = project.root / "sluice.toml", project.root / "server.py"
    text = settings.read_text(encoding="utf-8").replace("watch = 0.1", "watch = 4")
    settings.write_text(text.replace("interval = 0.05", "interval = 1"), encoding="utf-8")
    project.commit("v1")
    project.run("staging")
    last = """\
import threading, time
threading.Timer(2, lambda: (print("out of memory", flush=True), os._exit(137))).start()
"""
    text = server.read_text(encoding="utf-8").replace("signal.signal(", f"{last}\nsignal.signal(", 1)
    server.write_text(text, encoding="utf-8")
    project.commit("v2")
    reason = "it failed while it was watched: the program ended with 137: out of memory"
    assert reason in project.run("staging", code=1)
    assert reason in project.run("status")
    assert project.answer() == "v1"
