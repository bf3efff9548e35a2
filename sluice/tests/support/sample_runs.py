"""Runs as they happen, to look at and to test with: green, red with everything in it, waiting, hostile, very large."""

from __future__ import annotations

from run_stream import SHA, Stream

from sluice.events.model import (
    ActionResolved,
    AnnotationCreated,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    CancelRequested,
    EffectRecorded,
    JobsPlanned,
    JobWaiting,
    PlannedJob,
    ReviewRequested,
    RunCompleted,
    RunInterrupted,
    RunStarted,
    RunWaiting,
)

JOBS = (
    PlannedJob(key="plan", id="plan", name="plan"),
    PlannedJob(key="lint", id="lint", name="lint"),
    PlannedJob(key="test", id="test", name="test", needs=("plan",)),
    PlannedJob(key="build", id="build", name="build", needs=("plan",), uses="./.github/workflows/build.yml"),
    PlannedJob(key="bench", id="bench", name="bench", needs=("test",)),
    PlannedJob(key="deploy", id="deploy", name="deploy", needs=("test", "build")),
    PlannedJob(key="nightly", id="nightly", name="nightly"),
    PlannedJob(key="report", id="report", name="report", needs=("test", "build")),
)
LEGS = [(system, python) for system in ("ubuntu", "macos") for python in ("3.11", "3.12", "3.13")]
LINT_SUMMARY = """\
## Lint

| tool | findings | time |
|:-----|---------:|-----:|
| ruff | 0 | 0.4 s |
| mypy | ~~3~~ 1 | 12 s |

- [x] format
- [ ] docstrings

> [!WARNING]
> One finding is waived until 2027.
"""
TEST_LOG = """\
##[group]Run python -m pytest -q --color=yes
python -m pytest -q --color=yes
shell: /usr/bin/bash -e {0}
##[endgroup]
\x1b[32m....\x1b[31mF\x1b[32m.\x1b[0m\x1b[33m                                                     [100%]\x1b[0m
=================================== FAILURES ===================================
\x1b[31m\x1b[1m__________________________ test_rejected_share_counts __________________________\x1b[0m

    def test_rejected_share_counts() -> None:
        proxy = Proxy(difficulty=8)
        proxy.submit(share(difficulty=4))
>       assert proxy.rejected == {"low-difficulty": 1}
\x1b[1m\x1b[31mE       AssertionError: assert {} == {'low-difficulty': 1}\x1b[0m
\x1b[1m\x1b[31mE         Right contains 1 more item:\x1b[0m
\x1b[1m\x1b[31mE         {'low-difficulty': 1}\x1b[0m

tests/test_proxy.py:118: AssertionError
=========================== short test summary info ============================
\x1b[31mFAILED\x1b[0m tests/test_proxy.py::\x1b[1mtest_rejected_share_counts\x1b[0m
\x1b[31m1 failed\x1b[0m, \x1b[32m5 passed\x1b[0m in 0.31s
##[error]Process completed with exit code 1.
"""


def _begin(stream: Stream) -> None:
    stream.queue(JOBS)
    stream.at(0.1).add(RunStarted())
    stream.condition("nightly", "github.event_name == 'schedule'", False, github__event_name='"push"')
    stream.end_job("nightly", "skipped", reason="its condition was false")
    stream.single("plan").single("lint")
    stream.start_job("plan", "Check out", "Choose versions")
    stream.start_job("lint", "Check out", "Set up Python", "Restore cache", "Lint", "Publish findings")


def _plan(stream: Stream) -> None:
    stream.start_step("plan", "setup", "Set up job")
    stream.log("plan", "setup", "Runner: host\nIsolation: network, processes, temp\n")
    stream.end_step("plan", "setup")
    stream.add(ActionResolved(job="plan", reference="actions/checkout@v4", source="built-in"))
    stream.run_step("plan", "1", "Check out", f"HEAD is now at {SHA[:7]}\n", seconds=0.4)
    stream.run_step("plan", "2", "Choose versions", 'versions=["3.11","3.12","3.13"]\n', seconds=0.2)
    stream.end_job("plan", outputs={"versions": '["3.11","3.12","3.13"]'})
    stream.expand("test", *((f"test.{i}", f"test ({s}, {p})", {"os": s, "python": p}) for i, (s, p) in enumerate(LEGS)))
    stream.single("build")
    stream.add(
        JobsPlanned(
            parent="build",
            jobs=(
                PlannedJob(key="build/wheel", id="wheel", name="wheel"),
                PlannedJob(key="build/image", id="image", name="image", needs=("build/wheel",)),
            ),
        )
    )
    stream.single("build/wheel", "build / wheel")


def _lint(stream: Stream) -> None:
    stream.run_step("lint", "1", "Check out", f"HEAD is now at {SHA[:7]}\n", seconds=0.3)
    stream.run_step("lint", "2", "Set up Python", "Python 3.12.4\n", seconds=0.3)
    stream.start_step("lint", "3", "Restore cache")
    stream.add(CacheRestored(job="lint", key="uv-linux-8f3a", matched="uv-linux-77b2", size=48_200_000))
    stream.end_step("lint", "3", outputs={"cache-hit": "false"})
    stream.start_step("lint", "4", "Lint")
    stream.log("lint", "4", "All checks passed!\nsrc/proxy.py:41: warning: unused variable 'port'\n")
    stream.add(
        AnnotationCreated(
            job="lint",
            step="4",
            level="warning",
            message="unused variable 'port'",
            file="src/proxy.py",
            line=41,
            column=9,
        )
    )
    stream.summary("lint", "4", LINT_SUMMARY)


def _legs_start(stream: Stream) -> None:
    for leg in range(2):
        stream.start_job(f"test.{leg}", "Check out", "Set up Python", "Install", "Run tests", "Upload coverage")
        stream.run_step(f"test.{leg}", "1", "Check out", f"HEAD is now at {SHA[:7]}\n")
    for leg in range(2, 6):
        stream.add(JobWaiting(job=f"test.{leg}", reason="slots", detail="2 of 2 in use"))
    stream.start_job("build/wheel", "Check out", "Build")


def _leg(stream: Stream, leg: int, seconds: float) -> None:
    key, begin = f"test.{leg}", stream.now
    if leg > 1:
        stream.start_job(key, "Check out", "Set up Python", "Install", "Run tests", "Upload coverage")
        stream.run_step(key, "1", "Check out", f"HEAD is now at {SHA[:7]}\n", seconds=0.2)
    stream.run_step(key, "2", "Set up Python", f"Python {LEGS[leg][1]}\n", seconds=0.3)
    stream.run_step(key, "3", "Install", "Resolved 41 packages in 12ms\nInstalled 41 packages in 85ms\n", seconds=1.5)
    stream.start_step(key, "4", "Run tests")
    if leg == 4:
        _failing_tests(stream, key, begin + seconds)
    else:
        stream.log(key, "4", "\x1b[32m......\x1b[0m  [100%]\n6 passed in 0.30s\n")
        stream.now = begin + seconds
        stream.end_step(key, "4")
        stream.start_step(key, "5", "Upload coverage")
        stream.add(ArtifactUploaded(job=key, name=f"coverage-{leg}", size=18_230 + leg, files=1, digest="ab" * 32))
        stream.end_step(key, "5")
        stream.run_step(key, "post-3", "Post Install", "")
        stream.end_job(key)


def _failing_tests(stream: Stream, key: str, end: float) -> None:
    stream.log(key, "4", TEST_LOG)
    stream.now = end
    stream.add(
        AnnotationCreated(
            job=key,
            step="4",
            level="error",
            title="test_rejected_share_counts",
            message="AssertionError: assert {} == {'low-difficulty': 1}",
            file="tests/test_proxy.py",
            line=118,
        ),
        AnnotationCreated(job=key, step="4", level="error", message="Process completed with exit code 1."),
    )
    stream.end_step(key, "4", "failure", exit_code=1)
    stream.condition(key, "success()", False, step="5", job__status='"failure"')
    stream.skip_step(key, "5", "an earlier step failed")
    stream.run_step(key, "post-3", "Post Install", "")
    stream.end_job(key, "failure", reason="step 'Run tests' failed")


def _wheel(stream: Stream) -> None:
    stream.run_step("build/wheel", "1", "Check out", f"HEAD is now at {SHA[:7]}\n", seconds=0.2)
    stream.start_step("build/wheel", "2", "Build")
    stream.start_step("build/wheel", "2.1", "Install the build tool", parent="2")
    stream.log("build/wheel", "2.1", "Successfully installed build-1.2.2\n")
    stream.end_step("build/wheel", "2.1")
    stream.start_step("build/wheel", "2.2", "Build the wheel", parent="2")
    stream.log("build/wheel", "2.2", "##[group]isolated environment\n* hatchling\n##[endgroup]\nSuccessfully built\n")


def _image(stream: Stream) -> None:
    stream.end_step("build/wheel", "2.2")
    stream.end_step("build/wheel", "2")
    stream.add(ArtifactUploaded(job="build/wheel", name="wheel", size=412_777, files=2, digest="cd" * 32))
    stream.end_job("build/wheel")
    stream.single("build/image", "build / image").start_job("build/image", "Fetch the wheel", "Push the image")
    stream.start_step("build/image", "1", "Fetch the wheel")
    stream.add(ArtifactDownloaded(job="build/image", name="wheel"))
    stream.end_step("build/image", "1")
    stream.start_step("build/image", "2", "Push the image")
    stream.add(
        EffectRecorded(
            job="build/image",
            kind="image-push",
            target="ghcr.io/loka/stratum:3f1c2a9",
            request="PUT /v2/loka/stratum/manifests/3f1c2a9",
            rehearsed=True,
        )
    )
    stream.end_step("build/image", "2")
    stream.end_job("build/image").end_job("build")


def red_run() -> Stream:
    """A run of 61 seconds in which one leg of six fails; everything that a run can leave behind is in it."""
    stream = Stream()
    _begin(stream)
    _plan(stream)
    _lint(stream.at(1))
    _legs_start(stream.at(2))
    _wheel(stream.at(3))
    stream.at(9).end_step("lint", "4")
    stream.condition("lint", "always() && inputs.publish", False, step="5", inputs__publish="null")
    stream.skip_step("lint", "5", "its condition was false")
    stream.add(CacheSaved(job="lint", key="uv-linux-8f3a", size=51_400_000))
    stream.end_job("lint")
    _leg(stream, 0, 18)
    _leg(stream.at(29), 2, 11)
    _image(stream.at(40.5))
    _leg(stream.at(41), 1, 4)
    _leg(stream.at(45.5), 3, 9)
    _leg(stream.at(54.6), 4, 5)
    stream.add(CancelRequested(reason="fail-fast", job="test.5"))
    stream.end_job("test.5", "cancelled", reason="fail-fast: test (macos, 3.12) failed")
    _finish(stream.at(60))
    return stream


def _finish(stream: Stream) -> None:
    stream.end_job("bench", "skipped", reason="needs test, which failed")
    stream.end_job("deploy", "skipped", reason="needs test, which failed")
    stream.condition("report", "always()", True)
    stream.single("report").start_job("report", "Tell")
    stream.run_step("report", "1", "Tell", "told\n", seconds=0.8)
    stream.end_job("report")
    stream.at(61).add(RunCompleted(conclusion="failure", reason="test (macos, 3.12) failed"))


def green_run() -> Stream:
    """Two jobs, one after the other, both well."""
    stream = Stream(run="20261123-190800-77aa")
    stream.queue(
        (
            PlannedJob(key="lint", id="lint", name="lint"),
            PlannedJob(key="test", id="test", name="test", needs=("lint",)),
        ),
        number=43,
        dirty=False,
    )
    stream.at(0.1).add(RunStarted())
    stream.single("lint").start_job("lint", "Lint").run_step("lint", "1", "Lint", "ok\n", seconds=2.4).end_job("lint")
    stream.single("test").start_job("test", "Test").run_step("test", "1", "Test", "6 passed\n", seconds=9).end_job(
        "test"
    )
    return stream.add(RunCompleted(conclusion="success"))


def waiting_run() -> Stream:
    """Jobs held back for every reason there is, and a run that waited for its own turn."""
    reasons = {
        "deploy": ("concurrency", "production, held by run #41"),
        "docs": ("max-parallel", "1 of 1 running"),
        "db": ("ports", "5432 is taken by test"),
        "late": ("timer", "10 minutes"),
    }
    stream = Stream(run="20261123-190900-1b2c")
    stream.queue([PlannedJob(key=key, id=key, name=key) for key in (*reasons, "gate", "free")], number=44)
    stream.add(RunWaiting(reason="concurrency group ci-main, held by run #43"))
    stream.at(4).add(RunStarted())
    for key, (reason, detail) in reasons.items():
        stream.single(key).add(JobWaiting(job=key, reason=reason, detail=detail))
    stream.single("gate").add(JobWaiting(job="gate", reason="review", detail="production"))
    stream.add(ReviewRequested(job="gate", environment="production", reviewers=("ada", "grace")))
    return stream


def interrupted_run() -> Stream:
    """A run whose engine died while it worked."""
    stream = red_run()
    stream.records = stream.until(20)
    return stream.at(3600).add(RunInterrupted(reason="the engine (process 4711) ended without a word"))


def wide_run(legs: int = 256, steps: int = 20, until: float | None = None) -> Stream:
    """A matrix of very many legs. With ``until``, some have ended by then, some run, some wait."""
    stream = Stream(run="20261123-191000-dddd")
    stream.queue([PlannedJob(key="shard", id="shard", name="shard")], number=45).add(RunStarted())
    stream.expand("shard", *((f"shard.{leg}", f"shard ({leg})", {"shard": leg}) for leg in range(legs)))
    for leg in range(legs):
        stream.at(leg * 2.0)
        if until is None or leg * 2.0 < until:
            _shard(stream, leg, steps, done=until is None or leg * 2.0 < until - 8)
    return stream.add(RunCompleted(conclusion="failure")) if until is None else stream


def _shard(stream: Stream, leg: int, steps: int, *, done: bool) -> None:
    key = f"shard.{leg}"
    stream.start_job(key, *(f"Step {step}" for step in range(1, steps + 1)))
    for step in range(1, steps + 1):
        stream.start_step(key, str(step), f"Step {step}")
        if not done and step == steps // 2:
            return
        failed = leg % 97 == 3 and step == steps
        stream.end_step(key, str(step), "failure" if failed else "success", exit_code=int(failed))
    stream.end_job(key, "failure" if leg % 97 == 3 else "success")


HOSTILE_LINE = (
    "<script>alert(1)</script>\x1b]0;owned\x07\x1b]8;;javascript:alert(2)\x1b\\click\x1b]8;;\x1b\\"
    "\x1b[2J\x1b[1;1H\x07\x00\x9b31m\u202egnp.exe\u202c ${{ x }} {{ y }} {% z %} </pre></details>"
)
HOSTILE_SUMMARY = """\
<script>alert(1)</script>
<img src=x onerror=alert(2)>
<a href="javascript:alert(3)" onclick="alert(4)">one</a>
[two](javascript:alert(5)) [three](data:text/html,<script>alert(6)</script>)
![seen](https://example.invalid/pixel.png)
<iframe src="https://example.invalid"></iframe><form action="https://example.invalid"><input name=a></form>
<style>body { display: none }</style><svg onload=alert(7)><script>alert(8)</script></svg>
<details open ontoggle=alert(9)><summary>more</summary>kept</details>
<div id="jobs" class="verdict" style="position:fixed;inset:0">cover</div>
[good](https://example.org/a?b=1&c=2)
"""


def hostile_run() -> Stream:
    """A run whose every text was chosen by somebody who means harm."""
    stream = Stream(run="20261123-191100-eeee")
    name = '"><img src=x onerror=alert(1)>\x1b[31m'
    stream.queue([PlannedJob(key="x", id="x", name=name)], run_name=name, workflow_name=name, ref=f"refs/heads/{name}")
    stream.add(RunStarted()).single("x", name).start_job("x", name).start_step("x", "1", name)
    stream.log("x", "1", f"{HOSTILE_LINE}\n##[group]{HOSTILE_LINE}\n##[error]{HOSTILE_LINE}\n\x00\x00\udcff\udcfe\n")
    stream.log("x", "1", "a" * 3_000_000 + "\n")
    stream.summary("x", "1", HOSTILE_SUMMARY)
    stream.add(
        AnnotationCreated(
            job="x", step="1", level="error", message=HOSTILE_LINE, title=name, file="javascript:x", line=1
        ),
        ArtifactUploaded(job="x", name=name, size=1, files=1, digest="00"),
        CacheRestored(job="x", key=HOSTILE_LINE, matched=None),
        EffectRecorded(job="x", kind="comment", target="javascript:alert(1)", request=HOSTILE_LINE, rehearsed=True),
    )
    stream.condition("x", HOSTILE_LINE, True, step="1", a=HOSTILE_LINE)
    stream.end_step("x", "1", "failure", exit_code=1, reason=HOSTILE_LINE)
    stream.end_job("x", "failure", reason=HOSTILE_LINE)
    return stream.add(RunCompleted(conclusion="failure", reason=HOSTILE_LINE))
