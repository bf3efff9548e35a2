"""News of a page: parts that changed, lines that came; each once, in order, from where the page was."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from run_stream import Stream
from running import Run
from starlette.requests import Request
from web_client import Client

from sluice.app.serving_web.following import Changes, RunFollower
from sluice.app.serving_web.pages import runs_news
from sluice.app.serving_web.site import STREAMS, Site
from sluice.events.model import PlannedJob
from sluice.machine.processes import identify

WORKFLOW = "name: C\non: push\njobs: { test: { runs-on: ubuntu-latest, steps: [{ run: 'echo one; echo two' }] } }\n"


class Growing:
    """A run that is told event by event, into the store and its log file."""

    def __init__(self, site: Site) -> None:
        pid, started = identify()
        self.site = site
        self.run, _ = site.store.new_run("w.yml", str(site.root))
        self.stream = Stream(run=self.run)
        facts = {"root": str(site.root), "engine_pid": pid, "engine_started": started}
        self.stream.queue([PlannedJob(key="test", id="test", name="Test")], **facts)
        self.written = 0
        self.tell()

    def tell(self) -> None:
        writer = self.site.store.writer(self.run)
        for record in self.stream.records[self.written :]:
            writer.append(record.event)
        self.written = len(self.stream.records)
        writer.close()
        for job, data in self.stream.logs.items():
            (self.site.store.folder(self.run) / f"logs/{job}.log").write_bytes(data)

    def follow(self, after: int) -> RunFollower:
        return RunFollower(self.site, self.run, after)


def lines_of(news: list[str]) -> list[str]:
    found = [one for one in news if "event: lines" in one]
    return [re.sub(r"<[^>]+>", "", text) for one in found for text in re.findall(r"<div>(.*?)</div>", one)]


@pytest.fixture
def growing(site: Site) -> Growing:
    return Growing(site)


def test_only_what_changed_is_sent() -> None:
    changes = Changes({"a": "1", "b": "1"})  # type: ignore[dict-item]  # any text will do
    assert list(changes.of({"a": "1", "b": "2"})) == [("b", "2")]  # type: ignore[dict-item]
    assert list(changes.of({"a": "1", "b": "2"})) == []  # type: ignore[dict-item]


def test_when_cards_come_the_whole_is_sent_once() -> None:
    changes = Changes({"head": "1", "job-a": "1", "cards": "1"}, "cards")  # type: ignore[dict-item]
    assert list(changes.of({"head": "1", "job-a": "2", "cards": "2"})) == [("job-a", "2")]  # type: ignore[dict-item]
    grown = {"head": "1", "job-a": "2", "job-b": "1", "cards": "3"}
    assert list(changes.of(grown)) == [("cards", "3")]  # type: ignore[arg-type]


def test_a_log_that_grows_is_followed_without_a_gap(growing: Growing) -> None:
    growing.stream.single("test", "Test").start_job("test", "Say")
    growing.stream.start_step("test", "1", "Say").log("test", "1", "one\ntwo\n")
    growing.tell()
    page = growing.site.state(growing.run)
    follower = growing.follow(page.seq)
    assert lines_of(list(follower.news())) == []
    growing.stream.log("test", "1", "three <b>\n").log("test", "1", "\x1b[31mfour\x1b[0m\n")
    growing.tell()
    news = list(follower.news())
    assert lines_of(news) == ["3three &lt;b&gt;", "4four"]
    assert 'id="job-test:1:3"' in "".join(news).replace('\\"', '"')
    assert lines_of(list(follower.news())) == []
    growing.stream.log("test", "1", "five\n").end_step("test", "1").end_job("test")
    growing.tell()
    news = list(follower.news())
    assert lines_of(news) == ["5five"]
    assert any('"id": "job-test"' in one for one in news), "the card tells that it passed"


def test_a_flood_is_cut_to_its_end(growing: Growing) -> None:
    growing.stream.single("test", "Test").start_job("test", "Say").start_step("test", "1", "Say")
    growing.tell()
    follower = growing.follow(growing.site.state(growing.run).seq)
    growing.stream.log("test", "1", "".join(f"line {number}\n" for number in range(1, 2001)))
    growing.tell()
    lines = lines_of(list(follower.news()))
    assert len(lines) == 500
    assert (lines[0], lines[-1]) == ("1501line 1501", "2000line 2000")


def test_who_lost_the_connection_goes_on_where_it_was(growing: Growing) -> None:
    growing.stream.single("test", "Test").start_job("test", "Say").start_step("test", "1", "Say")
    growing.stream.log("test", "1", "one\n")
    growing.tell()
    seen = growing.site.state(growing.run).seq
    growing.stream.log("test", "1", "two\n")
    growing.tell()
    assert lines_of(list(growing.follow(seen).news())) == ["2two"]
    assert lines_of(list(growing.follow(0).news())) == ["1one", "2two"]


def test_a_run_whose_engine_died_is_said_to_be_interrupted(growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = growing.follow(1)
    for place in ("sluice.app.runs.interrupted.is_alive", "sluice.app.serving_web.following.is_alive"):
        monkeypatch.setattr(place, lambda *_: False)
    monkeypatch.setattr("sluice.app.runs.interrupted.kill_all", lambda _: None)
    monkeypatch.setattr("sluice.app.serving_web.following.time.monotonic", lambda: follower._looked + 2)
    told = "".join(follower.news()) + "".join(follower.news())
    assert "interrupted" in told
    assert follower.over


@pytest.mark.slow
def test_a_finished_run_says_everything_and_ends(run: Run, client: Client) -> None:
    ran = run(WORKFLOW)
    events = list(client.get(f"/runs/{ran.state.run}/events").events())
    kinds = [kind for kind, _ in events]
    assert kinds[-1] == "end"
    assert {"part", "lines"} <= set(kinds)
    heads = [facts["html"] for kind, facts in events if kind == "part" and facts["id"] == "head"]
    assert "passed" in heads[-1]
    assert [kind for kind, _ in client.get(f"/runs/{ran.state.run}/events?after={ran.state.seq}").events()] == ["end"]
    again = client.get(f"/runs/{ran.state.run}/events", last_event_id=str(ran.state.seq))
    assert [kind for kind, _ in again.events()] == ["end"]
    assert client.get("/runs/20260101-000000-abcd/events").status == 404


@pytest.mark.slow
def test_the_list_tells_of_a_new_run(repository: Path, run: Run, client: Client) -> None:
    answers = []
    listening = threading.Thread(target=lambda: answers.append(client.get("/events", seconds=3)))
    listening.start()
    ran = run(WORKFLOW)
    listening.join()
    parts = [facts for kind, facts in answers[0].events() if kind == "part" and facts["id"] == "runs"]
    assert "No runs yet" in parts[0]["html"]
    assert ran.state.run in parts[-1]["html"]
    assert repository.is_dir()


def test_who_goes_away_at_once_takes_no_place(client: Client, site: Site) -> None:
    request = Request({"type": "http", "method": "GET", "path": "/events", "query_string": b"", "headers": []})
    for _ in range(STREAMS + 1):
        runs_news(site, request)
    assert client.get("/events", seconds=0.3).status == 200


def test_no_more_than_so_many_follow(client: Client, site: Site) -> None:
    for _ in range(STREAMS):
        assert site.streams.acquire(blocking=False)
    answer = client.get("/events")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    site.streams.release()
    assert client.get("/events", seconds=0.3).status == 200, "and it is given back"
    assert client.get("/events", seconds=0.3).status == 200
