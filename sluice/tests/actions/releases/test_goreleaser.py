"""``goreleaser/goreleaser-action`` in runs: which program it takes, what it asks of it, what a rehearsal tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Ran, Run

from sluice.actions.builtin.releases.goreleaser import _is_wanted, _publishes

TEXT = """on: {push: {tags: ['v*'], branches: ['**']}}
permissions: {contents: write}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/checkout@v4, with: {fetch-depth: 0}}
      - run: echo "$PWD/programs" >> "$GITHUB_PATH"
      - id: g
        uses: goreleaser/goreleaser-action@v6
        env: {GITHUB_TOKEN: "${{ github.token }}"}
        with: {INPUTS}
      - run: echo ">${{ fromJSON(steps.g.outputs.metadata).tag }} ${{ fromJSON(steps.g.outputs.artifacts)[0].name }}"
"""
BUILDER = """#!/bin/sh
[ "$1" = --version ] && { echo "GitVersion:    VERSION"; exit; }
echo ">$*"
mkdir -p out && echo archive > out/x.tar.gz && echo sums > out/checksums.txt
echo '{"tag": "v1.0.0"}' > out/metadata.json
cat > out/artifacts.json <<END
[{"name": "x.tar.gz", "path": "out/x.tar.gz", "type": "Archive"},
 {"name": "x", "path": "out/x", "type": "Binary"},
 {"name": "checksums.txt", "path": "out/checksums.txt", "type": "Checksum"},
 {"name": "an/image:1", "type": "Docker Image"}]
END
exit CODE
"""


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        ("~> v2", "2.8.1", True),
        ("~> v2", "1.26.2", False),
        ("~1.17.1", "1.17.2", True),
        ("~1.17.1", "1.18.0", False),
        ("v2.1.0", "2.1.0", True),
        ("v2.1.0", "2.10.0", False),
        ("2.1", "2.10.0", False),
        ("latest", "1.0.0", True),
    ],
)
def test_a_version_is_one_that_is_wanted_or_not(wanted: str, version: str, fits: bool) -> None:
    assert _is_wanted(wanted, version) is fits


@pytest.mark.parametrize(
    ("words", "lets_out"),
    [
        ("release --clean", True),
        ("release --snapshot --clean", False),
        ("release --skip=sign,publish", False),
        ("release --skip=sign", True),
        ("build --snapshot", False),
        ("check", False),
        ("--verbose release", True),
    ],
)
def test_what_lets_something_out(words: str, lets_out: bool) -> None:
    assert _publishes(words.split()) is lets_out


@pytest.fixture
def project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOPROXY", "off")
    (repository / "programs").mkdir()
    (repository / ".goreleaser.yaml").write_text("version: 2\ndist: out\n", encoding="utf-8")
    return repository


def put(project: Path, version: str = "2.8.1", code: int = 0) -> None:
    """A program that tells how it was called, and leaves what GoReleaser leaves."""
    program = project / "programs/goreleaser"
    program.write_text(BUILDER.replace("VERSION", version).replace("CODE", str(code)), encoding="utf-8")
    program.chmod(0o755)


def told(ran: Ran) -> list[str]:
    return [f"{one.kind} {one.target.removeprefix('local/repository ')}" for one in ran.state.effects()]


@pytest.mark.needs_git
@pytest.mark.slow
def test_a_release_is_built_and_made_at_the_stand_in(run: Run, project: Path) -> None:
    put(project)
    ran = run(TEXT.replace("INPUTS", "args: release --clean"), event="push", ref="refs/tags/v1.0.0")
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["release --clean --skip=publish,announce", "v1.0.0 x.tar.gz"]
    assert told(ran) == [
        "release v1.0.0",
        "asset v1.0.0 x.tar.gz",
        "asset v1.0.0 checksums.txt",
        "image-push an/image:1",
    ]


@pytest.mark.needs_git
@pytest.mark.slow
def test_a_snapshot_lets_nothing_out(run: Run, project: Path) -> None:
    put(project)
    ran = run(TEXT.replace("INPUTS", "args: release --snapshot"))
    assert ran.said("job") == ["release --snapshot", "v1.0.0 x.tar.gz"]
    assert told(ran) == []


@pytest.mark.needs_git
@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "program", "ended"),
    [
        ("args: release --clean", ("2.8.1", 3), ("failure", "failed with exit code 3")),
        ("args: release --clean", ("1.26.2", 0), ("skipped", "GoReleaser ~> v2 is not on this machine")),
        ("version: nightly, args: build", ("2.8.1", 0), ("skipped", "is not on this machine")),
        ("version: latest", ("2.8.1", 0), ("failure", "Input required and not supplied: args")),
    ],
)
def test_what_fails_and_what_is_not_here(
    run: Run, project: Path, inputs: str, program: tuple[str, int], ended: tuple[str, str]
) -> None:
    put(project, *program)
    ran = run(TEXT.replace("INPUTS", inputs), event="push", ref="refs/tags/v1.0.0")
    assert ran.results() == {"job": ended[0]}, "\n".join(ran.log("job"))
    assert ended[1] in (ran.job("job").steps["3"].reason or "")
    assert told(ran) == []
