"""What runs stays within reach though ``sluice.toml`` is wrong: it is seen, and it can be ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from deployed import SETTINGS, Project

from sluice.app.deploying.known import known_environments

pytestmark = pytest.mark.slow
OTHERS = '\n[run]\njobs = "x"\n'
ANOTHER = "\n[environment.other]\nbranches = 3\n"
NO_TOML = "\nno toml\n"
ITS_OWN = "\n[environment.staging.verify]\nunknown = 1\n"


def spoil(project: Project, text: str) -> None:
    settings = project.root / "sluice.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (OTHERS, "'jobs' must be a whole number above 0, not 'x'"),
        (ANOTHER, "'branches' must be a list of strings, not 3"),
        (NO_TOML, "sluice.toml is no TOML"),
        (ITS_OWN, "'unknown' is no key of"),
    ],
)
def test_what_runs_is_seen_and_ended(project: Project, text: str, wrong: str) -> None:
    project.commit("v1")
    project.run("staging")
    spoil(project, text)
    said = {words: project.run(*words) for words in (("status",), ("history",), ("logs",), ("logs", "staging"))}
    for words, output in said.items():
        assert [line for line in output.splitlines() if wrong in line] == [output.splitlines()[-1]], words
        assert "the settings are wrong: sluice.toml (Line: " in output, words
    assert "blue v1 (live)" in said["status",]
    assert "healthy" in said["status",]
    assert "staging-1" in said["history",]
    assert "staging 1" in said["logs",]
    assert "ended blue v1 (live)" in project.run("stop", "staging")
    assert project.supervisor() is None


def test_what_is_put_right_is_that_of_which_the_settings_can_be_read(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    right = (project.root / "sluice.toml").read_text(encoding="utf-8")
    spoil(project, ITS_OWN)
    project.cut_power()
    status = project.run("status", code=1)
    assert "down" in status
    assert "what sluice.toml says of it can't be read: this is as it was deployed" in status
    (project.root / "sluice.toml").write_text(right + OTHERS, encoding="utf-8")
    status = project.run("status")
    assert "healthy" in status
    assert "can't be read" not in status
    assert project.answer() == "v1"


def test_where_nothing_was_deployed_the_settings_have_the_last_word(project: Project) -> None:
    project.commit("v1")
    right = (project.root / "sluice.toml").read_text(encoding="utf-8")
    spoil(project, NO_TOML)
    for words in (("status",), ("stop", "staging"), ("staging",)):
        assert "sluice.toml is no TOML" in project.run(*words, code=2)
    (project.root / "sluice.toml").write_text(right, encoding="utf-8")


@pytest.mark.parametrize("text", [OTHERS, NO_TOML, ITS_OWN])
def test_there_is_a_way_back(project: Project, text: str) -> None:
    for version in ("v1", "v2"):
        project.commit(version)
        project.run("staging")
    spoil(project, text)
    assert "1 commit would be gone" in project.run("diff", "staging", "v1")
    assert "the settings are wrong: sluice.toml (Line: " in project.run("rollback", "staging")
    assert project.answer() == "v1"


def test_going_back_in_spite_of_wrong_settings_asks_whom_the_live_version_names(project: Project) -> None:
    settings = project.root / "sluice.toml"
    right = settings.read_text(encoding="utf-8")
    settings.write_text(right.replace("watch = 0.1", 'watch = 0.1\nreviewers = ["ada"]'), encoding="utf-8")
    for version in ("v1", "v2"):
        project.commit(version)
        project.run("staging", "--approve", "staging")
    spoil(project, ITS_OWN)
    assert "needs a review by ada" in project.run("rollback", "staging", code=2)
    project.run("rollback", "staging", "--approve", "staging")
    assert project.answer() == "v1"


def test_there_is_none_where_neither_settings_nor_what_was_deployed_say_how_it_runs(project: Project) -> None:
    (project.root / ".gitignore").write_text("sluice.toml\n", encoding="utf-8")
    for version in ("v1", "v2"):
        project.commit(version)
        project.run("staging")
    right = (project.root / "sluice.toml").read_text(encoding="utf-8")
    spoil(project, NO_TOML)
    for environment in ("staging", "other"):
        assert "sluice.toml is no TOML" in project.run("rollback", environment, code=2)
    assert project.answer() == "v2"
    (project.root / "sluice.toml").write_text(right, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "environments", "unread"),
    [
        (OTHERS, {"staging"}, frozenset()),
        (ANOTHER, {"staging"}, frozenset({"other"})),
        (ITS_OWN, set(), frozenset({"staging"})),
        (NO_TOML, set(), None),
    ],
)
def test_what_is_known_of_them(
    tmp_path: Path, text: str, environments: set[str], unread: frozenset[str] | None
) -> None:
    (tmp_path / "sluice.toml").write_text(SETTINGS.format(python="python3", port=8080, more="") + text, "utf-8")
    known = known_environments(tmp_path)
    assert set(known.environments) == environments
    assert known.unread == unread
    assert "sluice.toml (Line: " in known.wrong
    assert "\n" not in known.wrong


def test_an_environment_that_is_no_table_leaves_all_of_them_open(tmp_path: Path) -> None:
    (tmp_path / "sluice.toml").write_text("environment = 3\n", encoding="utf-8")
    assert known_environments(tmp_path).leaves_open("staging")
