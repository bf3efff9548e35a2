"""``git`` where it runs others that push, or sends files of ``git lfs``: nothing leaves, what would is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.rehearsal.uploads.programs import WORDS, Programs

API = "http://127.0.0.1:1"
GIT = shutil.which("git") or ""
LFS = """#!/bin/sh
case "$*" in
*.lfsconfig*) ;;
*"get-regexp ^(lfs"*) echo "lfs.url OTHER" ;;
*get-regexp*remote*) echo "remote.origin.url REMOTE" ;;
*) echo "did $* ${GIT_LFS_SKIP_PUSH:-}" ;;
esac
"""


def called(program: str, *words: str, folder: Path, **variables: str) -> str:
    """What a call printed; it fails with the call."""
    arguments = ["git", program, API, *words]
    code = f"import sys\nfrom sluice.rehearsal.uploads.by_hand import main\nsys.exit(main({arguments!r}))"
    environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", **variables}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A repository with a submodule in one, whose remote is elsewhere."""
    told = ["-c", "user.name=a", "-c", "user.email=a", "-c", "protocol.file.allow=always"]

    def git(folder: Path, *words: str) -> None:
        subprocess.run(["git", *told, *words], cwd=folder, check=True, capture_output=True)

    for name, part in (("inner", None), ("middle", "inner"), ("outer", "middle")):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q")
        if part:
            git(folder, "submodule", "add", "-q", str(tmp_path / part), part)
            git(folder, "submodule", "update", "--init", "--recursive")
        git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    git(tmp_path / "outer", "submodule", "update", "--init", "--recursive")
    git(tmp_path / "outer/middle", "remote", "set-url", "origin", "https://gitlab.com/octo/middle")
    git(tmp_path / "outer/middle/inner", "remote", "set-url", "origin", "https://t:word@gitlab.com/octo/inner.git")
    return tmp_path / "outer"


@pytest.mark.slow
def test_a_push_in_each_submodule_is_led_back_and_a_fetch_is_not(module: Path) -> None:
    url = "https://t:word@gitlab.com/octo/inner.git"
    each = "git remote get-url --push origin; git ls-remote --get-url origin"
    told = called("git", "submodule", "foreach", "--quiet", "--recursive", each, folder=module).split()
    assert told[::2] == [f"{API}/git/gitlab.com/octo~middle", f"{API}/git/gitlab.com/octo~inner"]
    assert told[1::2] == ["https://gitlab.com/octo/middle", url]
    inner = module / "middle/inner"
    subprocess.run(["git", "remote", "set-url", "--push", "origin", "https://other.example/b"], cwd=inner, check=True)
    told = called("git", "submodule", "foreach", "--quiet", "--recursive", each, folder=module).split()
    assert told[2:] == [f"{API}/git/other.example/b", url]


@pytest.mark.slow
def test_a_push_of_a_rebase_is_led_back(module: Path) -> None:
    for words in (
        ["remote", "add", "origin", "https://gitlab.com/a/b"],
        ["-c", "user.name=a", "-c", "user.email=a", "commit", "-qm", "two", "--allow-empty"],
    ):
        subprocess.run(["git", *words], cwd=module, check=True)
    words = ["rebase", "-q", "--keep-empty", "--exec", "git remote get-url --push origin", "HEAD~1"]
    told = called("git", *words, folder=module, GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a")
    assert f"{API}/git/gitlab.com/a~b" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("remote", "other", "place"),
    [
        ("https://github.com/octo/one", "", "octo/one"),
        ("https://gitlab.com/octo/one.git", "", "gitlab.com/octo~one"),
        ("/srv/one", "https://files.example/lfs", "files.example/lfs"),
        ("/srv/one", "", None),
        ("http://127.0.0.1:5/octo/one", "", None),
    ],
)
def test_files_of_lfs_are_told_and_not_sent(tmp_path: Path, remote: str, other: str, place: str | None) -> None:
    program, effects = tmp_path / "git", tmp_path / "effects"
    program.write_text(LFS.replace("REMOTE", remote).replace("OTHER", other), encoding="utf-8")
    program.chmod(0o755)
    told = called(str(program), "lfs", "push", "--all", "origin", "main", folder=tmp_path, SLUICE_EFFECTS=str(effects))
    assert ("did" in told) == (place is None)
    if place is not None:
        effect = {"kind": "push", "target": f"{place} lfs", "request": "git lfs push --all origin main"}
        assert json.loads(effects.read_text(encoding="utf-8")) == effect
    assert "did lfs push --dry-run origin" in called(
        str(program), "lfs", "push", "--dry-run", "origin", folder=tmp_path
    )


@pytest.mark.parametrize(("remote", "skipped"), [("https://gitlab.com/a/b", True), ("/srv/one", False)])
def test_the_hook_of_lfs_sends_nothing_before_a_push_that_is_led_back(
    tmp_path: Path, remote: str, *, skipped: bool
) -> None:
    program = tmp_path / "git"
    program.write_text(LFS.replace("REMOTE", remote), encoding="utf-8")
    program.chmod(0o755)
    assert called(str(program), "push", "origin", folder=tmp_path).endswith(" 1\n") == skipped


def test_what_may_push_is_found_in_the_words_that_git_gets_for_others(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "bin/git").chmod(0o755)
    Programs(tmp_path / "folder", API).stand_before(str(tmp_path / "bin"))
    script = (tmp_path / "folder/git").read_text(encoding="utf-8")
    cases = 'for word; do case "$word" in ' + " | ".join(WORDS["git"]) + ") echo yes ;; esac; done"
    assert " | ".join(WORDS["git"]) in script
    for words, found in ((["submodule", "foreach", "git push origin"], "yes\n"), (["pull"], "")):
        done = subprocess.run(["sh", "-c", cases, "sh", *words], capture_output=True, text=True, check=True)
        assert done.stdout == found


def said(folder: Path, *words: str) -> str:
    """What git says of where it could not push to."""
    arguments = ["git", GIT, API, *words]
    code = f"import sys\nfrom sluice.rehearsal.uploads.by_hand import main\nsys.exit(main({arguments!r}))"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "GIT_SSH_COMMAND": "echo LEFT >&2; false", "LC_ALL": "C"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stderr


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A repository with a commit; its remote is at a host that does not exist."""
    for words in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a", "commit", "-q", "--allow-empty", "-m", "one"],
        ["remote", "add", "origin", "https://code.invalid/a/b"],
        ["remote", "add", "short", "c:a/b"],
        ["remote", "add", "ssh", "there:a/b"],
        ["config", "url.https://code.invalid/.insteadOf", "c:"],
        ["config", "url.me@code.invalid:.pushInsteadOf", "https://git.example/long/"],
        ["config", "alias.p", "push"],
        ["config", "alias.pp", "p --force"],
        ["config", "alias.s", "!git push origin HEAD:x #"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("p origin HEAD:x", "code.invalid/a~b"),
        ("pp origin HEAD:x", "code.invalid/a~b"),
        ("s", "code.invalid/a~b"),
        ("-c alias.q=push q origin HEAD:x", "code.invalid/a~b"),
        ("push c:a/b HEAD:x", "code.invalid/a~b"),
        ("push short HEAD:x", "code.invalid/a~b"),
        ("push there:a/b HEAD:x", "there/a~b"),
        ("push ssh HEAD:x", "there/a~b"),
        ("push https://git.example/long/b HEAD:x", "git.example/long~b"),
        ("-c remote.origin.pushurl=https://other.invalid/c push origin HEAD:x", "other.invalid/c"),
        ("-c remote.origin.pushurl=c:other/c push origin HEAD:x", "code.invalid/other~c"),
    ],
)
def test_a_push_is_led_back_however_it_and_its_place_are_spelled(elsewhere: Path, line: str, place: str) -> None:
    told = said(elsewhere, *line.split())
    assert f"{API}/git/{place}" in told, told


@pytest.mark.parametrize(
    ("line", "kind", "target"),
    [
        ("svn dcommit", "push", "git svn dcommit"),
        ("svn --quiet dcommit", "push", "git svn dcommit"),
        ("p4 submit", "push", "git p4 submit"),
        ("send-email --to a@b.invalid x.patch", "mail", "git send-email"),
        ("imap-send", "mail", "git imap-send"),
    ],
)
def test_what_goes_by_other_ways_than_gits_is_told_and_not_sent(
    tmp_path: Path, line: str, kind: str, target: str
) -> None:
    effects, program = tmp_path / "effects", tmp_path / "git"
    program.write_text('#!/bin/sh\necho "did $*"\n', encoding="utf-8")
    program.chmod(0o755)
    assert "did" not in called(str(program), *line.split(), folder=tmp_path, SLUICE_EFFECTS=str(effects))
    told = {"kind": kind, "target": target, "request": f"git {line}"}
    assert json.loads(effects.read_text(encoding="utf-8")) == told


@pytest.mark.parametrize(
    "line", ["svn dcommit --dry-run", "send-email --dry-run x.patch", "svn rebase", "svn log dcommit"]
)
def test_what_only_tries_or_reads_by_other_ways_is_done(tmp_path: Path, line: str) -> None:
    program = tmp_path / "git"
    program.write_text('#!/bin/sh\necho "did $*"\n', encoding="utf-8")
    program.chmod(0o755)
    assert f"did {line}" in called(str(program), *line.split(), folder=tmp_path)


@pytest.mark.slow
def test_what_sends_objects_below_push_is_told_and_not_sent(elsewhere: Path) -> None:
    for line in ("send-pack me@code.invalid:a/b HEAD:x", "http-push https://code.invalid/a/b main"):
        effects = elsewhere / "effects"
        called("git", *line.split(), folder=elsewhere, SLUICE_EFFECTS=str(effects))
        assert json.loads(effects.read_text(encoding="utf-8").splitlines()[-1])["target"] == "code.invalid/a~b"


@pytest.mark.slow
def test_objects_leave_by_no_address_that_only_settings_of_ssh_know(elsewhere: Path) -> None:
    effects = elsewhere / "effects"
    for line in ("send-pack there:a/b HEAD:x", "send-pack -f --remote=ssh there:a/b HEAD:x"):
        assert "LEFT" not in said(elsewhere, *line.split())
    called("git", "send-pack", "there:a/b", "HEAD:x", folder=elsewhere, SLUICE_EFFECTS=str(effects))
    assert json.loads(effects.read_text(encoding="utf-8"))["target"] == "there/a~b"
    subprocess.run(["git", "init", "-q", "--bare", elsewhere / "bare"], check=True)
    called(GIT, "send-pack", "./bare", "HEAD:refs/heads/x", folder=elsewhere)
    assert (elsewhere / "bare/refs/heads/x").is_file(), "what stays on this machine is carried out"


@pytest.mark.slow
def test_a_call_without_a_command_is_gits_own_matter(elsewhere: Path) -> None:
    for words in (["--git-dir=push"], ["-c", "push.default=simple"]):
        assert "Traceback" not in said(elsewhere, *words)


def test_a_call_by_another_name_for_a_push_is_looked_at(elsewhere: Path) -> None:
    """The script hands on to ``by_hand``, whose program is the fake one here."""
    folder = elsewhere / "folder"
    Programs(folder, API).stand_before(os.environ["PATH"])
    hearing = "main is asked"
    script = (folder / "git").read_text(encoding="utf-8")
    (folder / "git").write_text(re.sub(r"exec \S*python.* git \"", f'echo {hearing}; exec echo git "', script))
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    def heard(*words: str, at: Path) -> bool:
        done = subprocess.run(["git", *words], cwd=at, env=environment, capture_output=True, text=True, check=False)
        return hearing in done.stdout

    bare = elsewhere / "bare"
    subprocess.run(["git", "init", "-q", bare], check=True)
    assert heard("p", at=elsewhere)
    assert heard("-C", str(elsewhere), "p", at=bare)
    assert heard("send-pack", "x", at=bare)
    assert heard("-c", "alias.x=!./script", "x", at=bare)
    assert heard("-c", "Alias.status2=!./script", "status2", at=bare)
    assert heard("--config-env=alias.x=X", "x", at=bare)
    assert heard("svn", "dcommit", at=bare)
    assert heard("send-email", "a.patch", at=bare)
    assert not heard("-c", "user.name=a", "status", at=bare)
    assert heard("--git-dir", str(elsewhere / ".git"), "p", at=bare)
    assert not heard("rev-parse", "--git-dir", at=elsewhere)
    assert not heard("status", at=bare)


def test_the_settings_are_read_only_where_a_word_may_be_an_alias(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n', encoding="utf-8")
    (tmp_path / "bin/git").chmod(0o755)
    Programs(tmp_path / "folder", API).stand_before(str(tmp_path / "bin"))
    path = f"{tmp_path}/folder:{tmp_path}/bin:{os.environ['PATH']}"

    def calls(line: str) -> list[str]:
        (tmp_path / "calls").write_text("", encoding="utf-8")
        subprocess.run(["git", *line.split()], env={**os.environ, "PATH": path}, check=True)
        return (tmp_path / "calls").read_text(encoding="utf-8").splitlines()

    for line in ("status", "-C /x log p", "-c user.name=p -C /x rev-parse HEAD", "--no-pager show", "--version"):
        assert calls(line) == [line]
    for line in ("p", "-c user.name=a p", "-C /x -c a.b=status p"):
        asked, done = calls(line)
        assert asked.startswith(f"-C {'/x' if '/x' in line else '.'} config --get-regexp ^alias")
        assert done == line
