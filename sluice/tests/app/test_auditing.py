"""The whole of an audit: settings, parts, judgement, what is written, and what `sluice gate` makes of it."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from audited import write_files
from click.testing import CliRunner
from published_schemas import cyclonedx_mistakes

from sluice.app.auditing import AuditOptions, audit_repository, load_both
from sluice.app.judging.gating import read_reports
from sluice.audit.model import Part
from sluice.cli.audit_command import FORMATS, PARTS, command
from sluice.source.errors import InvalidInputError, UnavailableError

TODAY = dt.date(2026, 11, 1)
ROOTED = {"Dockerfile": "FROM debian:12\n"}
WAIVER = '[[waive]]\ngate = "misconfiguration/root-user"\nuntil = 2099-01-01\nreason = "it must bind port 80"\n'


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    return subprocess.check_output(["git", *identity, *words], cwd=root, text=True).strip()


def test_the_command_knows_every_part() -> None:
    assert tuple(Part) == PARTS
    assert set(FORMATS) == {"text", "json", "sarif"}


def test_settings_are_read_and_mistakes_named(repository: Path) -> None:
    (repository / "sluice.toml").write_text(
        '[audit]\nskip = ["rust"]\nhistory-seconds = 5\ndeny-licences = ["GPL-*"]\nexclude = ["x/**"]\n'
    )
    settings, _ = load_both(repository, {})
    assert (settings.skip, settings.history_seconds, settings.deny_licences) == ((Part.RUST,), 5, ("GPL-*",))
    (repository / "sluice.toml").write_text('[audit]\nskip = ["rest"]\nseconds = 5\n')
    with pytest.raises(InvalidInputError) as caught:
        load_both(repository, {})
    assert [(one.span.start.line, one.message) for one in caught.value.diagnostics] == [
        (2, "there is no part 'rest'"),
        (3, "'seconds' is no key of [audit]"),
    ]


@pytest.mark.needs_git
def test_a_pull_request_is_audited_by_its_base(repository: Path, tmp_path: Path) -> None:
    (repository / "sluice.toml").write_text('[audit]\ndeny-licences = ["GPL-*"]\n')
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "Strict")
    base = git(repository, "rev-parse", "HEAD")
    (repository / "sluice.toml").write_text(WAIVER)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    settings, policy = load_both(repository, {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)})
    assert (settings.deny_licences, policy.waivers) == (("GPL-*",), ())


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_pull_request_cannot_allow_its_own_secret(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = git(repository, "rev-parse", "HEAD")
    write_files(repository, {"app.ini": "password = 'Tr0ub4dor-3x-qq'\n"})  # pragma: allowlist secret
    git(repository, "add", "app.ini")
    scanned = subprocess.check_output([Path(sys.executable).with_name("detect-secrets"), "scan"], cwd=repository)
    (repository / ".secrets.baseline").write_bytes(scanned)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "Secret")
    assert CliRunner().invoke(command, ["secrets", "history"], standalone_mode=False).return_value == 0
    event = tmp_path / "event.json"
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    for told, code in ((base, 1), (git(repository, "rev-parse", "HEAD"), 0), ("0" * 40, 2)):
        event.write_text(json.dumps({"pull_request": {"base": {"sha": told}}}))
        done = CliRunner().invoke(command, ["secrets", "history"], standalone_mode=False)
        assert (done.return_value if done.exception is None else 2) == code, done.output


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "code"), [("", 1), (WAIVER, 0), (WAIVER.replace("2099", "2020"), 1)])
def test_an_audit_fails_passes_by_a_waiver_and_fails_when_that_is_over(
    repository: Path, policy: str, code: int
) -> None:
    write_files(repository, ROOTED)
    if policy:
        (repository / "sluice.toml").write_text(policy)
    done = CliRunner().invoke(command, ["dockerfiles", "--to", "out"], standalone_mode=False)
    assert done.return_value == code, done.output
    assert ("names no USER" in done.output) == (code == 1)
    evidence = read_reports(repository, [repository / "out"])
    assert [(one.name, one.path, one.line) for one in evidence.findings] == [
        ("misconfiguration/root-user", "Dockerfile", 1)
    ]
    assert not evidence.problems


def test_what_can_not_be_checked_makes_it_two(repository: Path) -> None:
    write_files(repository, {"yarn.lock": "", ".gitignore": "out\n"})
    done = CliRunner().invoke(command, ["node", "--to", "out", "--format", "json"], standalone_mode=False)
    assert done.return_value == 2
    told = json.loads(done.output)
    assert told["parts"][0]["status"] == "not checked"
    assert [(one["name"], one["subject"]) for one in told["problems"]] == [("report-problem/not-checked", "node")]
    evidence = read_reports(repository, [repository / "out"])
    assert [(one.name, one.package) for one in evidence.problems] == [("report-problem/not-checked", "node")]
    waiver = '[[waive]]\ngate = "report-problem/not-checked/node"\nuntil = 2099-01-01\nreason = "yarn audits it"\n'
    (repository / "sluice.toml").write_text(waiver)
    assert CliRunner().invoke(command, ["node"], standalone_mode=False).return_value == 0


def test_parts_are_chosen_and_left_out(repository: Path) -> None:
    (repository / "sluice.toml").write_text('[audit]\nskip = ["rust"]\n')

    def parts(**given: object) -> set[Part]:
        options = AuditOptions(offline=True, **given)  # type: ignore[arg-type]
        return {one.part for one in audit_repository(repository, options, TODAY).results}

    few = (Part.NODE, Part.RUST, Part.PYTHON)
    assert parts(only=few) == set(few)
    assert parts(skip=tuple(set(Part) - set(few))) == {Part.NODE, Part.PYTHON}


@pytest.mark.slow
def test_a_bill_of_materials_lists_what_is_pinned(repository: Path) -> None:
    pytest.importorskip("cyclonedx", reason="needs sluice-ci[audit]")
    lock = {"package-lock.json": '{"packages": {"node_modules/@s/b": {"version": "1.0.0", "license": "MIT"}}}'}
    write_files(repository, {"requirements.txt": "six==1.16.0\n", **lock})
    done = CliRunner().invoke(command, ["rust", "--sbom", "out/sbom.json"], standalone_mode=False)
    assert done.return_value == 0, done.output
    text = (repository / "out/sbom.json").read_text()
    assert not cyclonedx_mistakes(text)
    bill = json.loads(text)
    assert {one["purl"] for one in bill["components"]} == {"pkg:pypi/six@1.16.0", "pkg:npm/%40s/b@1.0.0"}
    counted = {one.name: one.value for one in read_reports(repository, [repository / "out/sbom.json"]).measures}
    assert counted == {"sbom/components": 2, "sbom/unlicensed": 1}


def test_a_bill_of_nothing_is_refused(repository: Path) -> None:
    found = audit_repository(repository, AuditOptions(only=(Part.RUST,)), TODAY)
    with pytest.raises(UnavailableError, match="nothing to list"):
        found.as_bill()
    assert json.loads(found.as_sarif())["runs"] == []
