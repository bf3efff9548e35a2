"""What is loaded for what: start-up time is a feature, and one import in the wrong place loses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sluice.cli.errors import missing_extra
from sluice.cli.main import cli


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has after this code."""
    shown = f"import sys\ntry:\n    {code}\nfinally:\n    sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_what_the_command_line_says_and_loads_nothing(option: str) -> None:
    done = subprocess.run([sys.executable, "-m", "sluice", option], capture_output=True, text=True, check=True)
    assert done.stdout == CliRunner().invoke(cli, ["--version"], prog_name="sluice").stdout
    start = f"import sluice.cli.start; sys.argv = ['sluice', {option!r}]; sluice.cli.start.start()"
    assert not {"click", "typing", "re"} & loaded(start)
    assert "click" in loaded(start.replace(repr(option), "'list', '--help'"))


@pytest.mark.slow
def test_a_run_loads_only_what_every_run_needs() -> None:
    modules = "sluice.app.running.run, sluice.app.running.starting, sluice.app.runs.reporting"
    modules += ", sluice.views.streams.plain, sluice.views.report.writing"
    rare = {"markdown_it", "nh3", "psutil", "regex", "rich.console", "statistics", "tomllib", "zstandard", "h11"}
    rare |= {"sluice.views.report.markdown", "sluice.serving.server", "sluice.workflow.lint", "tarfile", "email"}
    rare |= {"sluice.evidence", "sluice.gates", "sluice.store.files.caches", "sluice.engine.graph.called"}
    rare |= {
        "sluice.app.judging.recording",
        "zipfile",
        "sluice.runners.container.specification.request",
        "click.shell_completion",
        "sluice.actions.node",
        "sluice.serving",
    }
    assert not rare & loaded(f"import {modules}")
    answering = {"sluice.rehearsal.registry.routes", "sluice.actions.results.routes", "tarfile", "zipfile"}
    assert not answering & loaded("import sluice.rehearsal.registry.registry, sluice.actions.results.job")
    assert rare & loaded("import sluice.engine.output.matcher_files, regex") == {"regex"}
    assert not {"collections", "socket", "typing"} & loaded("import sluice.runners.host.inside.spawner")


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_error(repository: Path) -> None:
    assert repository.is_dir()
    for words in (("doctor",), ("eval", "1"), ("--help",)):
        command = [sys.executable, "-m", "sluice", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            _, said = process.communicate(timeout=60)
        assert (said, process.returncode) == (b"", 0)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["--plain", "--json"])
def test_a_failed_run_stays_one_when_nobody_reads(repository: Path, output: str) -> None:
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}}"
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sluice", "run", output]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate(timeout=60)
    assert (said, process.returncode) == (b"", 1)


def with_streams(closing: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """The command with its streams as a shell leaves them: ``>&-``, ``2>/dev/full``."""
    command = ["sh", "-c", f'exec "$0" -m sluice "$@" {closing}', sys.executable, *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(closing: str) -> None:
    assert (with_streams(closing, "eval", "1").returncode, with_streams(closing, "eval", "(").returncode) == (0, 2)
    assert with_streams(closing, "eval", "1").stderr == b""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which is Linux's")
@pytest.mark.parametrize("words", [("secrets",), ("eval", "1")])
def test_output_that_is_lost_is_told(repository: Path, words: tuple[str, ...]) -> None:
    (repository / ".github/workflows/w.yml").write_text(
        "on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}", encoding="utf-8"
    )
    done = with_streams(">/dev/full", *words)
    assert (done.returncode, done.stderr.splitlines()[:1]) == (2, [b"sluice: the disk is full"])
    assert b"where what is printed goes" in done.stderr


def test_an_interrupt_while_it_loads_is_no_traceback() -> None:
    code = """
import sys, os, signal
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background ignores it
sys.meta_path.insert(0, Interrupting())
sys.argv = ["sluice", "list"]
from sluice.cli.start import start
start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")


def test_a_library_of_an_extra_that_is_missing_is_said_with_what_to_install() -> None:
    told = missing_extra(ModuleNotFoundError("No module named 'semver'", name="semver"))
    assert told is not None
    assert (told.message, told.hint) == (
        "this needs the library 'semver', which isn't installed",
        "install it: pip install 'sluice-ci[release]'",
    )
    assert missing_extra(ModuleNotFoundError("No module named 'sluice.nothing'", name="sluice.nothing")) is None
    assert missing_extra(ValueError("semver")) is None
