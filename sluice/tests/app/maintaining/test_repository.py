"""What maintenance makes of a repository: documentation, waivers, workflows, secrets, permissions, dependencies."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import commit

from sluice.app.maintaining.benchmarks import look_at_benchmarks
from sluice.app.maintaining.dependencies import look_at_dependencies, look_at_updates
from sluice.app.maintaining.documentation import look_at_documentation
from sluice.app.maintaining.industry import look_at_industry
from sluice.app.maintaining.packages import look_at_packages
from sluice.app.maintaining.policies import look_at_policies
from sluice.app.maintaining.scene import Scene
from sluice.app.maintaining.security import look_at_security
from sluice.app.maintaining.waivers import look_at_waivers
from sluice.app.maintaining.workflows import look_at_secrets, look_at_workflows
from sluice.delivery.maintenance.model import Standing
from sluice.evidence.model import Better, Measure
from sluice.repository.git import git
from sluice.source.errors import UnavailableError
from sluice.store.ledgers.measures import MeasureHistory

MakeScene = Callable[..., Scene]
WORKFLOW = ".github/workflows/ci.yml"
GOOD = """\
name: CI
on: push
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
        env: { TOKEN: "${{ secrets.TOKEN }}" }
"""


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def commit_as(root: Path, subject: str, *names: str) -> None:
    subprocess.run(["git", "add", "--", *names], cwd=root, check=True)
    words = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", subject]
    subprocess.run(words, cwd=root, check=True)


def test_a_feature_without_documentation_is_told(repository: Path, make_scene: MakeScene) -> None:
    write(repository, "a.py", "1")
    commit_as(repository, "feat: told", "a.py")
    write(repository, "b.py", "1")
    write(repository, "docs/b.md", "[a](../a.py)\n")
    commit_as(repository, "feat!: documented", "b.py", "docs/b.md")
    write(repository, "c.py", "1")
    commit_as(repository, "fix: nobody sees it", "c.py")
    section = look_at_documentation(make_scene())
    (found,) = section.findings
    assert found.text.endswith("changes what users meet and no documentation: feat: told")
    assert section.facts == ("4 commits since, 2 change what users meet; 1 page",)


def test_public_files_are_what_the_settings_say(repository: Path, make_scene: MakeScene) -> None:
    write(repository, "sluice.toml", '[maintain]\npublic = ["cli/**"]\n')
    write(repository, "cli/run.py", "1")
    commit_as(repository, "A new option", "cli/run.py", "sluice.toml")
    write(repository, "inside.py", "1")
    commit_as(repository, "Inside", "inside.py")
    (found,) = look_at_documentation(make_scene()).findings
    assert found.text.endswith("A new option")


def test_what_nobody_can_tell_is_said(repository: Path, make_scene: MakeScene) -> None:
    write(repository, "a.py", "1")
    commit_as(repository, "Something", "a.py")
    section = look_at_documentation(make_scene())
    assert section.standing is Standing.UNSEEN
    assert "[maintain] `public` names no files" in section.unseen[0]


def test_links_that_lead_nowhere(repository: Path, make_scene: MakeScene) -> None:
    text = "[a](gone.md#x) [b](b%20c.md) [c](https://x.org)\n```\n[d](code.md)\n```\n`[e](code.md)` [f](/docs/a.md)\n"
    write(repository, "docs/a.md", text)
    write(repository, "docs/b c.md", "[up](../README.md)")
    commit_as(repository, "docs: more", "docs/a.md", "docs/b c.md")
    texts = [found.text for found in look_at_documentation(make_scene()).findings]
    assert texts == [
        "docs/a.md:1 links to gone.md#x, which is not there",
        "docs/b c.md:1 links to ../README.md, which is not there",
    ]


def test_without_a_history_documentation_is_not_looked_at(tmp_path: Path, make_scene: MakeScene) -> None:
    scene = make_scene()
    scene.root = tmp_path / "elsewhere"
    scene.root.mkdir()
    with pytest.raises(UnavailableError, match="git gives no commits"):
        look_at_documentation(scene)


@pytest.mark.parametrize(
    ("until", "said"),
    [("2020-01-01", "is over since 2020-01-01"), ("{soon}", "ends on {soon}"), ("2099-01-01", None)],
)
def test_waivers_that_end(until: str, said: str | None, repository: Path, make_scene: MakeScene) -> None:
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * 86400))
    text = f'[[waive]]\ngate = "code/B101/**"\nuntil = {until.format(soon=soon)}\nreason = "tests"\n'
    write(repository, "sluice.toml", text)
    section = look_at_waivers(make_scene())
    if said is None:
        assert section.standing is Standing.FINE
    else:
        assert said.format(soon=soon) in section.findings[0].text


def test_no_waiver_is_nothing_to_look_at(make_scene: MakeScene) -> None:
    assert look_at_waivers(make_scene()).standing is Standing.NOTHING


def test_the_linter_looks_at_workflows(repository: Path, make_scene: MakeScene) -> None:
    write(repository, WORKFLOW, GOOD)
    assert look_at_workflows(make_scene()).standing is Standing.FINE
    write(repository, WORKFLOW, GOOD.replace("make test", "make ${{ github.event.head_commit.message }} | tee log"))
    section = look_at_workflows(make_scene())
    assert section.findings
    assert section.findings[0].commands == (f"sluice lint {WORKFLOW}",)
    write(repository, WORKFLOW, GOOD.replace("run: make test", "uses: owner/name@v1"))
    assert "owner/name@v1" in look_at_workflows(make_scene()).unseen[0]


def test_secrets_that_nothing_uses(repository: Path, make_scene: MakeScene) -> None:
    write(repository, WORKFLOW, GOOD)
    write(repository, "sluice.toml", "[secret.TOKEN]\n")
    assert look_at_secrets(make_scene()).standing is Standing.FINE
    channels = '[secret.SLACK]\n[secret.GITHUB_TOKEN]\n[channel.a]\nsecret = "SLACK"\n[channel.b]\ngithub = ["check"]\n'
    write(repository, "sluice.toml", channels)
    assert look_at_secrets(make_scene()).standing is Standing.FINE
    write(repository, "sluice.toml", '[secret.TOKEN]\n[secret.OLD]\n[variables]\nREGION = "x"\n')
    assert [found.text for found in look_at_secrets(make_scene()).findings] == [
        "the secret OLD is declared and nothing uses it",
        "the variable REGION is declared and nothing uses it",
    ]


def test_permissions_are_reviewed(repository: Path, make_scene: MakeScene) -> None:
    write(repository, WORKFLOW, GOOD)
    assert look_at_policies(make_scene()).standing is Standing.FINE
    write(repository, WORKFLOW, GOOD.replace("permissions: { contents: read }\n", ""))
    (found,) = look_at_policies(make_scene()).findings
    assert "has no `permissions`: test get" in found.text
    write(repository, WORKFLOW, GOOD.replace("{ contents: read }", "write-all"))
    (found,) = look_at_policies(make_scene()).findings
    assert "every job's token may write everything" in found.text


@pytest.mark.slow
def test_a_changed_level_is_a_finding_when_it_is_worse(repository: Path, make_scene: MakeScene) -> None:
    assert look_at_benchmarks(make_scene()).standing is Standing.NOTHING
    scene = make_scene()
    history = MeasureHistory(scene.places.measures)
    for number in range(16):
        write(repository, "n", str(number))
        commit(repository)
        sha = git(repository, "rev-parse", "HEAD")
        assert sha
        value = (100.0 if number < 8 else 150.0) + number % 3
        measures = [
            Measure(name="bench/a", unit="ms", better=Better.LOWER, value=value),
            Measure(name="bench/b", unit="1/s", better=Better.HIGHER, value=value),
            Measure(name="bench/c", unit="ms", better=Better.LOWER, value=50.0 + number % 3),
        ]
        history.append(str(repository), sha, measures, time.time())
    section = look_at_benchmarks(make_scene())
    (found,) = section.findings
    assert found.text.startswith("bench/a +49.5 %: 101 ms before, 151 ms from ")
    assert any(fact.startswith("bench/b +") for fact in section.facts)
    later = look_at_benchmarks(make_scene(time.time() + 86400 * 2, later=86400 * 3))
    assert later.unseen == ("no measure was recorded on the main branch since",)


def test_offline_ages_are_not_looked_at(repository: Path, make_scene: MakeScene) -> None:
    assert look_at_dependencies(make_scene()).standing is Standing.NOTHING
    write(repository, "requirements.txt", "idna==2.0\n")
    commit(repository)
    section = look_at_dependencies(make_scene())
    assert section.unseen == ("age was not checked: offline: release dates come from the package index",)


@pytest.mark.slow
def test_security_tells_what_fails_and_what_was_not_checked(repository: Path, make_scene: MakeScene) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLQ"
    write(repository, "config.py", f'KEY = "{key}"\n')
    write(repository, "requirements.txt", "idna==2.0\n")
    write(repository, "sluice.toml", '[audit]\nskip = ["code", "history", "workflows", "licences"]\n')
    commit(repository)
    section = look_at_security(make_scene())
    assert any("config.py" in found.text for found in section.findings)
    assert any(text.startswith("python was not checked: offline") for text in section.unseen)


def test_updates_need_a_remote_on_github(
    repository: Path, make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    assert look_at_updates(make_scene()).standing is Standing.NOTHING
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:a/b.git"], cwd=repository, check=True)
    with pytest.raises(UnavailableError, match="GITHUB_TOKEN"):
        look_at_updates(make_scene(offline=False))


def test_packages_are_those_of_the_settings(repository: Path, make_scene: MakeScene) -> None:
    assert look_at_packages(make_scene()).standing is Standing.NOTHING
    write(repository, "sluice.toml", '[maintain]\npackages = ["app"]\n')
    with pytest.raises(UnavailableError, match="packages are asked for"):
        look_at_packages(make_scene())


def test_without_a_deployment_the_industry_says_nothing(make_scene: MakeScene) -> None:
    assert look_at_industry(make_scene()).standing is Standing.UNSEEN
