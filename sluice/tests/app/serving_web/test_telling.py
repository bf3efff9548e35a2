"""What a kill kept from the channels is told while the page is served, as other commands would tell it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from killing import killed_at

from sluice.app.serving_web import telling
from sluice.app.serving_web.site import Site
from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response

pytestmark = pytest.mark.slow
SETTINGS = '[secret.HOOK]\nfrom = ["environment"]\n[channel.team]\nsecret = "HOOK"\n'
WORKFLOW = "name: CI\non: push\njobs: { test: { runs-on: ubuntu-latest, steps: [{ run: exit 1 }] } }\n"


@pytest.fixture
def told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """What a webhook was told; a run's end is left to be told to it."""
    found: list[dict[str, str]] = []

    def answer(asked: Asked) -> Response:
        found.append(json.loads(asked.body))
        return Response(status=200)

    (repository / "sluice.toml").write_text(SETTINGS, encoding="utf-8")
    (repository / ".github/workflows/ci.yml").write_text(WORKFLOW, encoding="utf-8")
    killed_at("sluice.app.announcing:tell", 0, "run", "ci.yml", "--publish", "--plain", folder=repository)
    with answering(answer) as address:
        monkeypatch.setenv("HOOK", address.replace("http://", "json://"))
        yield found


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_sluice_serve_tells_what_was_left(told: list[dict[str, str]]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sluice", "serve"], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        wait_for(lambda: told)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    (message,) = told
    assert message["title"] == "CI #1 failed on main"
    assert "Told late" in message["message"]


def test_what_lacks_its_secret_is_said_once_and_told_when_it_is_there(
    told: list[dict[str, str]], site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = 0

    def count(_: object) -> tuple[()]:
        nonlocal looks
        looks += 1
        return ()

    monkeypatch.setattr(telling, "EVERY", 0.01)
    monkeypatch.setattr(telling, "all_sites", count)
    address = os.environ.pop("HOOK")
    with telling.telling(site):
        wait_for(lambda: looks > 3)
        assert not told
        monkeypatch.setenv("HOOK", address)
        wait_for(lambda: told)
    assert capsys.readouterr().err.count("its secret 'HOOK' is not given") == 1
    assert len(told) == 1


def test_settings_that_can_not_be_read_end_neither_the_page_nor_the_looks(
    told: list[dict[str, str]], site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def is_said() -> bool:
        said.append(capsys.readouterr().err)
        return "sluice: " in "".join(said)

    monkeypatch.setattr(telling, "EVERY", 0.01)
    (site.root / "sluice.toml").write_text("[channel", encoding="utf-8")
    with telling.telling(site):
        wait_for(is_said)
        (site.root / "new.toml").write_text(SETTINGS, encoding="utf-8")
        (site.root / "new.toml").replace(site.root / "sluice.toml")  # at no moment does it name no channel
        wait_for(lambda: told)
    assert "".join(said).count("is still to be told of") == 1
