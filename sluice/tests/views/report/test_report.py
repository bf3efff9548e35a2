from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sample_runs
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import PlannedJob
from sluice.source.errors import StoreError
from sluice.views.report.cards import Inputs
from sluice.views.report.graph import graph_view
from sluice.views.report.log_html import Cap, log_html
from sluice.views.report.writing import render_report, write_report

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Audit(HTMLParser):
    """Every element and attribute of a page; complains about tags that do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(stream: Stream, seconds: float = 1e9, cap: Cap | None = None) -> str:
    state = fold_all(stream.until(seconds))
    assert state is not None
    inputs = Inputs(stream.read_log, stream.read_summary, {"Python": "3.12.4"}, cap or Cap())
    return "".join(render_report(state, inputs))


SAMPLES = {
    "red": sample_runs.red_run,
    "green": sample_runs.green_run,
    "waiting": sample_runs.waiting_run,
    "interrupted": sample_runs.interrupted_run,
    "hostile": sample_runs.hostile_run,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_is_well_formed_and_asks_nobody_for_anything(name: str) -> None:
    audit = Audit(page_of(SAMPLES[name]()))
    assert [
        tag for tag, _ in audit.elements if tag in {"iframe", "object", "embed", "form", "base", "link", "img"}
    ] == []
    assert len(audit.all("script")) == 1
    for _, attributes in audit.elements:
        assert not [attribute for attribute in attributes if attribute.startswith("on") or attribute == "src"]
        href = attributes.get("href")
        assert href is None or href.startswith(("#", "https://", "http://"))


@pytest.mark.parametrize("name", SAMPLES)
def test_anchors_are_unique_and_every_link_inside_arrives(name: str) -> None:
    audit = Audit(page_of(SAMPLES[name]()))
    anchors = [attributes["id"] for _, attributes in audit.elements if "id" in attributes]
    assert len(anchors) == len(set(anchors))
    targets = {href[1:] for one in audit.all("a") if (href := one.get("href")) and href.startswith("#")}
    assert targets <= set(anchors)


def test_only_its_own_script_may_run() -> None:
    page = page_of(sample_runs.hostile_run())
    policy = next(one["content"] for one in Audit(page).all("meta") if one.get("http-equiv"))
    assert policy is not None
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_hostile_texts_are_shown_as_texts() -> None:
    page = page_of(sample_runs.hostile_run())
    assert not set(page) & {"\x1b", "\x07", "\x00", "\u202e", "\x9b"}
    assert "<script>alert" not in page
    assert "<script>alert(1)</script>click" in "".join(Audit(page).text)
    assert len(page) < 100_000


def test_everything_of_a_run_is_in_its_report() -> None:
    text = re.sub(r"\s+", " ", "".join(Audit(page_of(sample_runs.red_run())).text))
    for part in (
        "failed",
        "CI/CD #42",
        "Count rejected shares by reason",
        "push by ada",
        "3f1c2a9+ with uncommitted changes",
        "1 failed, 1 cancelled, 9 passed, 3 skipped",
        "test (macos, 3.12) › Run tests",
        "fail-fast: test (macos, 3.12) failed",
        "if: github.event_name == 'schedule' was false",
        'github.event_name = "push"',
        "if: success() was false",
        "Run python -m pytest -q --color=yes",
        "Error: Process completed with exit code 1.",
        "tests/test_proxy.py:118 test_rejected_share_counts AssertionError",
        "One finding is waived until 2027.",
        "ghcr.io/loka/stratum:3f1c2a9",
        "restored 48 MB",
        "uv-linux-77b2 for uv-linux-8f3a",
        "413 KB",
        'versions=["3.11","3.12","3.13"]',
        "os: macos, python: 3.12",
        "actions/checkout@v4",
        "3.12.4",
        "Build the wheel",
    ):
        assert part in text, part


def test_what_failed_is_open_and_the_rest_is_folded() -> None:
    audit = Audit(page_of(sample_runs.red_run()))
    opened = [one["id"] for one in audit.all("details") if "open" in one and "id" in one]
    assert opened == ["job-test.4", "job-test.4:4"]


def test_a_run_that_goes_on_has_a_report_too() -> None:
    text = "".join(Audit(page_of(sample_runs.red_run(), 20)).text)
    assert "running" in text
    assert "waits for a free slot" in text


@pytest.mark.slow
def test_256_legs_of_20_steps_stay_small() -> None:
    page = page_of(sample_runs.wide_run())
    assert len(page) < 2_000_000
    assert page.count('class="job ') == 256
    assert page.count('class="step"') == 5120


def test_the_graph_puts_called_jobs_in_their_callers_place() -> None:
    state = fold_all(sample_runs.red_run().records)
    assert state is not None
    view = graph_view(state)
    assert ("build", "deploy") not in view.edges
    assert {("plan", "build/wheel"), ("build/wheel", "build/image"), ("build/image", "deploy")} <= set(view.edges)
    labels = {node.key: (node.label, node.status, node.detail, node.stacked) for node in view.nodes}
    assert labels["build/wheel"] == ("build / wheel", "success", "38s", False)
    assert labels["test"] == ("test", "failure", "1 failed, 1 cancelled, 4 passed", True)
    assert labels["nightly"] == ("nightly", "skipped", "skipped", False)


def log_of(text: str, cap: Cap | None = None) -> str:
    stream = (
        Stream().queue([PlannedJob(key="a", id="a", name="a")]).single("a").start_job("a").start_step("a", "1", "One")
    )
    for start in range(0, len(text), 1 << 16):
        stream.log("a", "1", text[start : start + (1 << 16)])
    state = fold_all(stream.records)
    assert state is not None
    return "".join(log_html("a", state.jobs["a"].steps["1"], stream.read_log, cap or Cap()))


def line_html(number: int, content: str) -> str:
    return f'<div><a id="job-a:1:{number}" href="#job-a:1:{number}">{number}</a>{content}</div>'


def test_lines_are_numbered_and_escaped() -> None:
    assert log_of("a < b\n\n") == line_html(1, "a &lt; b") + line_html(2, "")


def test_colours_become_classes_and_safe_styles() -> None:
    shown = log_of("\x1b[1;31mred\x1b[0m \x1b[38;5;208mo\x1b[48;2;1;2;3mb\x1b[0;7mi\n")
    assert shown == line_html(
        1,
        '<span class="bold f1">red</span> <span style="color:#ff8700">o</span>'
        '<span style="color:#ff8700;background:#010203">b</span><span class="inverse">i</span>',
    )


def test_groups_fold_unless_they_would_hide_an_error() -> None:
    shown = log_of(
        "##[group]quiet\na\n##[group]loud\n##[error]bad\n##[endgroup]\n##[endgroup]\nafter\n##[group]open\nz\n"
    )
    assert [one[1] for one in re.finditer(r"<details( open)?>", shown)] == [None, " open", " open"]
    assert shown.count("</details>") == 3
    assert f'<span class="error">Error: bad</span></div></details>{line_html(7, "after")}' in shown


def test_a_long_log_loses_its_middle_and_keeps_its_numbers() -> None:
    shown = log_of("".join(f"line {number}\n" for number in range(1, 1001)), Cap(lines=10))
    assert re.findall(r'">(\d+)</a>', shown) == ["1", "2", "3", "4", "5", "996", "997", "998", "999", "1000"]
    assert "990 lines left out here" in shown
    assert line_html(1000, "line 1000") in shown


def test_one_line_of_megabytes_is_cut_and_not_read_whole() -> None:
    shown = log_of("x" * 3_000_000 + "\nlast\n")
    assert len(shown) < 20_000
    assert line_html(2, "last") in shown


def test_a_log_without_an_end_is_whole() -> None:
    assert log_of("no newline") == line_html(1, "no newline")


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    stream = sample_runs.green_run()
    state = fold_all(stream.records)
    assert state is not None
    path = tmp_path / "report.html"
    write_report(path, state, Inputs(stream.read_log, stream.read_summary, {}))
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")

    def broken(job: str, offset: int, length: int) -> bytes:
        raise OSError(5, "Input/output error", job, offset, length)

    before = path.read_bytes()
    with pytest.raises(StoreError, match="the report can't be written"):
        write_report(path, state, Inputs(broken, stream.read_summary, {}))
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_a_summary_that_is_gone_is_said() -> None:
    stream = sample_runs.red_run()
    stream.summaries.clear()

    def gone(path: str) -> str:
        raise FileNotFoundError(2, "No such file or directory", path)

    state = fold_all(stream.records)
    assert state is not None
    page = "".join(render_report(state, Inputs(stream.read_log, gone, {})))
    assert "This summary can't be read: No such file or directory" in page


def test_the_timeline_shows_waiting_and_work() -> None:
    page = page_of(sample_runs.red_run())
    titles = re.findall(r"<title>([^<]*)</title>", page)
    assert "test (macos, 3.12): waited 53s" in titles
    assert "test (macos, 3.12): 5s" in titles
    assert "Run tests: 3s" in titles


def test_a_failure_links_to_its_place_and_tells_apart_what_is_known_of_it() -> None:
    stream = Stream().queue(()).single("a", "tests").start_job("a").start_step("a", "1", "Run pytest")
    stream.end_step("a", "1", "failure", exit_code=1).end_job("a", "failure")
    stream.single("b").start_job("b").start_step("b", "1", "Run x").end_step("b", "1", "failure", exit_code=3)
    page = page_of(stream.end_job("b", "success", outcome="failure"))
    failed = re.search('<ul class="failures">.*?</ul>', page, re.DOTALL)
    assert failed is not None
    first, second = failed[0].split("</li>")[:2]
    assert re.search(r'<a href="#[^"]+">tests › Run pytest</a> <small>exit code 1</small>', first)
    assert "<dt>Symptom</dt><dd>a test fails</dd>" in first
    assert "with <code>sluice shell</code></dd>" in first
    assert second.endswith("</a> <small>exit code 3, allowed by continue-on-error</small>")


def test_what_a_summary_folds_away_can_be_seen_to_be_folded() -> None:
    style = page_of(Stream().queue(())).partition("<style>")[2].partition("</style>")[0]
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", style)
    signless = [rule for rule, body in rules if re.search("list-style: none|display: none", body) and "summary" in rule]
    own = (".job ", ".step ", ".log ")
    assert signless
    assert all(part.strip().startswith(own) for rule in signless for part in rule.split(","))
