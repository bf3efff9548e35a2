"""The page in a real browser, served by the command itself: signing in, a form, a run followed to its end, a kill."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import open_browser

from sluice.machine.processes import is_alive
from sluice.store.runs.sqlite import SqliteStore

pytestmark = pytest.mark.slow
WORKFLOW = """\
name: Deploy
on:
  push:
  workflow_dispatch:
    inputs: { version: { required: true }, migrate: { type: boolean, default: true } }
jobs:
  deploy:
    timeout-minutes: 1
    runs-on: ubuntu-latest
    steps:
      - name: Wait for a file
        run: |
          printf '\\033[38;5;208mversion %s\\033[0m <script>document.title="broken into"</script>\\n' "$VERSION"
          until test -e "$GO"; do sleep 0.1; done
          echo the file came
        env: { VERSION: "${{ inputs.version }}", GO: "${{ vars.GO }}" }
  after:
    needs: deploy
    strategy: { fail-fast: false, matrix: { n: [1, 2] } }
    runs-on: ubuntu-latest
    steps: [{ run: exit 1 }]
"""


@pytest.fixture
def served(repository: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address that it printed."""
    (repository / ".github/workflows/deploy.yml").write_text(WORKFLOW, encoding="utf-8")
    (repository / "sluice.toml").write_text(
        f'[run]\nisolation = "none"\n[variables]\nGO = "{tmp_path}/go"\n', encoding="utf-8"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "sluice", "serve"], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, line.split(" at ")[1].strip()
        process.kill()


def test_a_run_is_started_followed_and_outlives_the_server(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, address = served
    with open_browser(tmp_path / "profile") as browser:
        browser.open(address)
        browser.wait("document.querySelector('#workflows .name')?.textContent === 'Deploy'")
        assert "token" not in browser.ask("location.href")
        assert browser.ask("document.cookie") == "", "no script reads it"
        browser.ask("document.querySelector('#workflows .button').click()")
        browser.wait("document.querySelector('form.start') && document.getElementById('live').textContent === 'live'")
        browser.ask("document.getElementById('event').value = 'push'")
        browser.ask("document.getElementById('event').dispatchEvent(new Event('change'))")
        assert browser.ask("document.querySelector('fieldset').disabled"), "a push has no inputs"
        browser.ask("document.getElementById('event').value = 'workflow_dispatch'")
        browser.ask("document.getElementById('event').dispatchEvent(new Event('change'))")
        browser.ask("document.getElementById('input-0').value = 'v1 & v2'")
        browser.ask("document.querySelector('form.start .primary').click()")
        browser.wait("location.pathname.startsWith('/runs/')")
        browser.wait("document.getElementById('live')?.textContent === 'live'")
        browser.wait("[...document.querySelectorAll('.log')].some((log) => log.innerText.includes('version v1 & v2'))")
        browser.ask("document.querySelector('.job').dataset.mine = 'kept'")
        (tmp_path / "go").touch()
        browser.wait("[...document.querySelectorAll('.log')].some((log) => log.innerText.includes('the file came'))")
        browser.wait("document.querySelector('#head .verdict').innerText.includes('failed')")
        browser.wait("document.getElementById('live').textContent === 'finished'")
        assert browser.ask("document.querySelectorAll('.job').length") == 3
        assert browser.ask("document.querySelectorAll('.job.failure').length") == 2
        assert browser.ask("document.title").startswith("Deploy #1")
        colour = "getComputedStyle([...document.querySelectorAll('.log span')].find((one) => one.style.color)).color"
        assert browser.ask(colour) == "rgb(255, 135, 0)"
        assert not browser.ask("document.body.scrollWidth > innerWidth")
        assert browser.look(380, 800, dark=True).startswith(b"\x89PNG")
        assert not browser.ask("document.body.scrollWidth > innerWidth"), "it fits a narrow screen"
        browser.ask("document.querySelector('#head form button').click()")
        browser.wait("document.querySelector('h1').innerText.includes('attempt 2')")
        assert browser.messages == []
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_a_run_goes_on_without_the_server(served: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    process, address = served
    place, _, token = address.removeprefix("http://").partition("/?token=")
    connection = http.client.HTTPConnection(place, timeout=30)
    connection.request("POST", "/workflows/deploy.yml/start", "event=push", {"Authorization": f"Bearer {token}"})
    run = str(connection.getresponse().headers["location"]).rpartition("/")[2]
    connection.close()
    process.kill()
    process.wait()
    with SqliteStore(tmp_path / "home/state") as store:
        row = store.find_run(run)
        assert is_alive(row.engine_pid, row.engine_started)
        (tmp_path / "go").touch()
        ends = [type(one.event).__name__ for one in store.follow(run)]
    assert ends[-1] == "RunCompleted"


@pytest.mark.parametrize(("words", "told"), [(["--port", "70000"], "70000"), (["--port", "{taken}"], "in use")])
def test_a_port_that_cannot_be_had_is_said(
    served: tuple[subprocess.Popen[str], str], words: list[str], told: str
) -> None:
    taken = served[1].removeprefix("http://127.0.0.1:").partition("/")[0]
    command = [sys.executable, "-m", "sluice", "serve", *(word.format(taken=taken) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_libraries_it_says_what_to_install(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/uvicorn.py").write_text("raise ImportError('gone', name='uvicorn')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "hidden")}
    done = subprocess.run(
        [sys.executable, "-m", "sluice", "serve"], capture_output=True, text=True, check=False, env=environment
    )
    assert repository.is_dir()
    assert done.returncode == 2
    assert "needs the library uvicorn" in done.stderr
    assert "sluice-ci[web]" in done.stderr


def test_the_browser_is_led_by_a_file_and_no_process_shows_the_token(repository: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/asked\n', encoding="utf-8")
    browser.chmod(0o700)
    command, environment = [sys.executable, "-m", "sluice", "serve", "--open"], {**os.environ, "BROWSER": str(browser)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=repository) as process:
        assert process.stdout is not None
        token = process.stdout.readline().partition("token=")[2].strip()
        asked = tmp_path / "asked"
        deadline = time.monotonic() + 20
        while not (asked.is_file() and asked.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        place = Path(asked.read_text(encoding="utf-8").strip().removeprefix("file://"))
        assert token
        assert token not in str(place)
        assert token in place.read_text(encoding="utf-8")
        assert place.stat().st_mode & 0o777 == 0o600
        process.terminate()
    assert process.returncode == 0
    assert not place.exists()
