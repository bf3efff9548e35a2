"""``--publish`` lets go what was rehearsed, and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from github_hub import Served, serve_hub
from msgspec.structs import replace
from projects import commit
from running import Run

from sluice.app.running.given import differences
from sluice.source.errors import UsageError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
WORKFLOW = """on: push
env: {GH: "${{ github.token }}"}
jobs:
  job:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - {uses: softprops/action-gh-release@v2, with: {body: Good}}
"""
TAG = {"event": "push", "ref": "refs/tags/v1.0.0"}


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The real GitHub of this test, which every run's ``github.api_url`` names."""
    with serve_hub(tmp_path / "hub") as served:
        monkeypatch.setattr("sluice.plan.event.github_context._addresses", lambda _: addresses(served.api))
        yield served


def addresses(api: str) -> dict[str, str]:
    return {"server_url": "https://github.com", "api_url": api, "graphql_url": f"{api}/graphql"}


@pytest.fixture
def committed(repository: Path) -> Path:
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    (repository / "sluice.toml").write_text('[environment.production]\nreviewers = ["you"]\n', encoding="utf-8")
    for words in (["add", "-A"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "All"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:octo/app.git"], cwd=repository, check=True)
    return repository


def test_what_was_rehearsed_goes_with_a_token_and_a_review(
    committed: Path, run_file: Run, github: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert committed.is_dir()
    secrets = {"GITHUB_TOKEN": "real"}
    with pytest.raises(UsageError, match=r"was not rehearsed for refs/tags/v1\.0\.0"):
        run_file("w.yml", publish=True, secrets=secrets, **TAG)
    rehearsed = run_file("w.yml", approvals=("production",), **TAG)
    assert [(one.kind, one.rehearsed) for one in rehearsed.state.effects()] == [("release", True)]
    assert github.requests == []
    with pytest.raises(UsageError, match="need GitHub's token"):
        run_file("w.yml", publish=True, **TAG)
    assert run_file("w.yml", publish=True, secrets=secrets, **TAG).results() == {"job": "skipped"}
    assert github.requests == [], "nobody has reviewed it"
    published = run_file("w.yml", publish=True, secrets=secrets, approvals=("production",), **TAG)
    assert [(one.kind, one.target, one.rehearsed) for one in published.state.effects()] == [
        ("release", "octo/app v1.0.0", False)
    ]
    assert "POST /repos/octo/app/releases" in github.requests
    assert "this publishes, as rehearsed in run" in capsys.readouterr().err


def test_a_tree_with_changes_is_never_published(committed: Path, run_file: Run) -> None:
    run_file("w.yml", approvals=("production",), **TAG)
    (committed / "new.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="has changes"):
        run_file("w.yml", publish=True, secrets={"GITHUB_TOKEN": "x"}, **TAG)


def test_what_goes_to_docker_hub_alone_needs_no_token_of_github(committed: Path, run_file: Run) -> None:
    told = json.dumps({"kind": "readme", "target": "octo/app", "request": "PATCH it"})
    step = f"    steps: [{{ env: {{ TOLD: '{told}' }}, run: 'echo \"$TOLD\" >> \"$SLUICE_EFFECTS\"' }}]\n"
    (committed / ".github/workflows/w.yml").write_text(WORKFLOW.partition("    steps:")[0] + step, encoding="utf-8")
    commit(committed)
    rehearsed = run_file("w.yml", approvals=("production",), **TAG)
    assert [one.kind for one in rehearsed.state.effects()] == ["readme"]
    assert run_file("w.yml", publish=True, approvals=("production",), **TAG).code == 0


PLAIN = """on: {push: , pull_request: , workflow_dispatch: {inputs: {level: {default: low}}}}
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: "true"}]}
  job:
    needs: first
    runs-on: ubuntu-latest
    steps: [{run: "echo ${{ vars.PLACE }} ${{ secrets.KEY }}"}]
"""
VALUE = "hidden-in-no-record"


@pytest.fixture
def plain(committed: Path) -> Path:
    (committed / ".github/workflows/w.yml").write_text(PLAIN, encoding="utf-8")
    declared = '[secret.KEY]\nrequired = "never"\n[secret.LATER]\nrequired = "to-publish"\n'
    (committed / "sluice.toml").write_text(declared, encoding="utf-8")
    commit(committed)
    return committed


def refusal(run_file: Run, **options: object) -> str:
    with pytest.raises(UsageError) as caught:
        run_file("w.yml", publish=True, **options)
    return str(caught.value)


def test_what_is_given_otherwise_than_in_the_rehearsal_is_named_and_refused(
    plain: Path, run_file: Run, tmp_path: Path
) -> None:
    assert plain.is_dir()
    given = {"variables": {"PLACE": "staging"}, "secrets": {"KEY": VALUE}, **TAG}
    rehearsed = run_file("w.yml", **given)
    event = tmp_path / "event.json"
    event.write_text('{"forced": true}', encoding="utf-8")
    for changed, said in (
        ({"variables": {"PLACE": "production"}}, "variable PLACE has another value"),
        ({"variables": {}}, "variable PLACE is not given now"),
        ({"variables": {"PLACE": "staging", "MORE": "x"}}, "variable MORE was not given then"),
        ({"secrets": {}}, "secret KEY is not given now"),
        ({"secrets": {"KEY": VALUE, "TOKEN": "x"}}, "secret TOKEN was not given then"),
        ({"event_file": event}, "--event-file says something else"),
        ({"actions": {"octo/act": tmp_path}}, "--map-action octo/act was not given then"),
        ({"jobs": ("job",)}, "other jobs were chosen"),
    ):
        assert refusal(run_file, **{**given, **changed}).endswith(
            f"w.yml was rehearsed otherwise, in run {rehearsed.state.run}: {said}"
        )
    also = {"KEY": VALUE + "2", "GITHUB_TOKEN": "x", "LATER": "y"}
    assert run_file("w.yml", publish=True, **{**given, "secrets": also, "variables": {"place": "staging"}}).code == 0


@pytest.mark.parametrize("changed", ["content", "new", "gone", "mode", "link"])
def test_an_action_from_a_folder_that_changed_since_the_rehearsal_is_refused(
    plain: Path, run_file: Run, tmp_path: Path, changed: str
) -> None:
    assert plain.is_dir()
    folder = tmp_path / "act"
    (folder / "lib/.git").mkdir(parents=True)
    (folder / "action.yml").write_text("name: act\n", encoding="utf-8")
    (folder / "lib/main.sh").write_text("echo one\n", encoding="utf-8")
    (folder / "link").symlink_to("lib")
    given = {"actions": {"octo/act": folder}, **TAG}
    run_file("w.yml", **given)
    (folder / "lib/.git/index").write_text("git", encoding="utf-8")
    assert run_file("w.yml", publish=True, **given).code == 0
    match changed:
        case "content":
            (folder / "lib/main.sh").write_text("echo two\n", encoding="utf-8")
        case "new":
            (folder / "lib/more.sh").touch()
        case "gone":
            (folder / "lib/main.sh").unlink()
        case "mode":
            (folder / "lib/main.sh").chmod(0o755)
        case _:
            (folder / "link").unlink()
            (folder / "link").symlink_to("other")
    assert refusal(run_file, **given).endswith("--map-action octo/act has another value")


def test_what_a_run_was_given_is_kept_without_values(plain: Path, run_file: Run) -> None:
    assert plain.is_dir()
    facts = run_file("w.yml", variables={"PLACE": VALUE}, secrets={"KEY": VALUE, "NONE": ""}, **TAG).state.facts
    assert facts
    assert facts.given
    assert facts.given.secrets == ("KEY",)
    assert [*facts.given.variables] == ["PLACE"]
    assert VALUE not in repr(facts)


def test_inputs_labels_and_jobs_alone_are_compared(plain: Path, run_file: Run) -> None:
    assert plain.is_dir()
    run_file("w.yml", event="workflow_dispatch", inputs={"level": "high"})
    assert "input level has another value" in refusal(run_file, event="workflow_dispatch")
    run_file("w.yml", event="pull_request", jobs=("job",), labels=("big",))
    asked = {"event": "pull_request", "jobs": ("job",)}
    assert "--label says something else" in refusal(run_file, **asked)
    assert "other jobs were chosen" in refusal(run_file, **asked, labels=("big",), alone=True)


def test_a_rehearsal_of_an_older_sluice_does_not_count(plain: Path, run_file: Run) -> None:
    assert plain.is_dir()
    facts = run_file("w.yml", **TAG).state.facts
    assert facts
    assert [*differences(replace(facts, given=None), facts, ())] == [
        "an older Sluice ran it, which did not keep what it was given"
    ]


def test_the_order_in_which_jobs_are_chosen_makes_no_difference(plain: Path, run_file: Run) -> None:
    assert plain.is_dir()
    facts = run_file("w.yml", **TAG).state.facts
    assert facts
    before, now = (replace(facts, selected=chosen) for chosen in (("a", "b"), ("b", "a")))
    assert [*differences(before, now, ())] == []
