"""The registry that a call of npm means."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from sluice.rehearsal.uploads.trying import try_npm

GITHUB, HERE = "https://npm.pkg.github.com", "http://localhost:4873"
_NPM = f"""#!{sys.executable} -IS
import json, sys
from pathlib import Path
words = sys.argv[1:]
if words[:2] == ["config", "get"]:
    print(json.loads(Path("settings").read_text()).get(words[2], "undefined"))
elif "--dry-run" in words:
    print(json.dumps({{"name": "@acme/app", "version": "1.0.0", "filename": "app.tgz"}}))
else:
    Path("sent").touch()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program that stands for npm: ``sent`` is there once it publishes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_EFFECTS", str(tmp_path / "effects"))
    (tmp_path / "npm").write_text(_NPM, encoding="utf-8")
    (tmp_path / "npm").chmod(0o755)
    return tmp_path


def told(folder: Path, line: str, settings: dict[str, str], **packages: dict[str, object]) -> str | None:
    """The host that is told of; ``None`` where npm published by itself."""
    (folder / "settings").write_text(json.dumps(settings), encoding="utf-8")
    for name, package in packages.items():
        place = folder if name == "root" else folder / name
        place.mkdir(exist_ok=True)
        (place / "package.json").write_text(json.dumps(package), encoding="utf-8")
    assert try_npm(str(folder / "npm"), shlex.split(line)) == 0
    if (folder / "sent").exists():
        return None
    return str(json.loads((folder / "effects").read_text(encoding="utf-8").splitlines()[-1])["target"]).split()[0]


SCOPED: dict[str, object] = {"name": "@acme/app", "version": "1.0.0"}
OURS = {"@acme:registry": GITHUB, "registry": HERE}


@pytest.mark.parametrize("line", ["publish", "publish ./a", "publish -w a", "publish app.tgz", "publish -w @acme/app"])
def test_a_scopes_registry_is_what_is_meant(line: str, folder: Path) -> None:
    assert told(folder, line, OURS, root=SCOPED, a=SCOPED) == "npm.pkg.github.com"


@pytest.mark.slow
def test_the_folder_that_is_named_says_the_scope(folder: Path) -> None:
    plain: dict[str, object] = {"name": "app"}
    assert told(folder, "publish ./a", OURS, root=plain, a=SCOPED) == "npm.pkg.github.com"
    assert told(folder, "publish ./a", OURS, root=SCOPED, a=plain) is None


def test_the_packages_own_registry_comes_before_the_settings(folder: Path) -> None:
    one: dict[str, object] = {"name": "app", "publishConfig": {"registry": GITHUB}}
    assert told(folder, "publish", {"registry": HERE}, root=one) == "npm.pkg.github.com"
    scoped = {**SCOPED, "publishConfig": {"@acme:registry": GITHUB}}
    assert told(folder, "publish", {"registry": HERE}, root=scoped) == "npm.pkg.github.com"


@pytest.mark.slow
def test_it_stays_only_where_every_registry_that_may_be_meant_is_here(folder: Path) -> None:
    one = {**SCOPED, "publishConfig": {"registry": GITHUB}}
    told_here = told(folder, "publish", {"@acme:registry": HERE}, root=one)
    assert told_here == "localhost:4873"
    assert (
        told(folder, "publish", {"@acme:registry": HERE, "registry": "https://registry.npmjs.org"}, root=SCOPED) is None
    )


def test_a_registry_of_the_call_is_here(folder: Path) -> None:
    assert told(folder, f"publish --registry {HERE}", {"registry": GITHUB}, root={"name": "app"}) is None
