"""A secret that was written on the command line is nowhere else afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner
from keyring.backends.fail import Keyring as NoKeyring

from sluice.app.secrets.reading import without_values
from sluice.cli.run_command import command
from sluice.cli.secrets_command import command as secrets
from sluice.source.errors import InvalidInputError, UsageError

WORKFLOW = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["run", "-s", "TOKEN=hunter22"], ("run", "-s", "TOKEN")),
        (["run", "--secret", "TOKEN=hunter22"], ("run", "--secret", "TOKEN")),
        (["run", "--secret=TOKEN=hunter22"], ("run", "--secret=TOKEN")),
        (["run", "-sTOKEN=hunter22"], ("run", "-sTOKEN")),
    ],
)
def test_the_name_alone_is_kept(words: list[str], shown: tuple[str, ...]) -> None:
    assert without_values(words, ["TOKEN=hunter22", "OTHER"]) == shown


def test_no_file_of_a_run_holds_it(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    words = ["w.yml", "--plain", "--secret", "TOKEN=hunter22"]
    monkeypatch.setattr(sys, "argv", ["sluice", "run", *words])
    assert CliRunner().invoke(command, words, standalone_mode=False).return_value == 0
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any(b"--secret" in path.read_bytes() for path in files)
    assert not [path for path in files if b"hunter22" in path.read_bytes()]


@pytest.mark.slow
def test_a_keyring_that_does_not_answer_stops_only_who_needs_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_password", NoKeyring().get_password)  # type: ignore[no-untyped-call] # as elsewhere
    declared = '[secret.TOKEN]\nrequired = "always"\nfrom = ["keyring", "environment"]\n'
    (repository / "sluice.toml").write_text(declared, encoding="utf-8")
    needing = "needing: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ secrets.TOKEN }}'}]}"
    text = WORKFLOW.replace("jobs: {", f"jobs: {{{needing}, ")
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    assert CliRunner().invoke(command, ["w.yml", "--plain", "--job", "job"], standalone_mode=False).return_value == 0
    refused = CliRunner().invoke(command, ["w.yml", "--plain"], standalone_mode=False)
    assert isinstance(refused.exception, InvalidInputError)
    assert "The secret 'TOKEN' is not given, and 'needing' needs it" in refused.exception.message


@pytest.mark.parametrize("piped", ["", "\n", "\r\n"])
@pytest.mark.usefixtures("repository")
def test_an_empty_value_is_not_kept(monkeypatch: pytest.MonkeyPatch, piped: str) -> None:
    kept: list[str] = []
    monkeypatch.setattr(keyring, "set_password", lambda *words: kept.extend(words))
    answer = CliRunner().invoke(secrets, ["set", "TOKEN"], input=piped, standalone_mode=False)
    assert isinstance(answer.exception, UsageError)
    assert "the value of TOKEN is empty" in answer.exception.message
    assert not kept
