"""The search for secrets, in files and in the history: what is in any text is found, what was not searched is told."""

from __future__ import annotations

import base64
import hashlib
import json
import resource
import subprocess
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from audited import names, need, scene_of
from msgspec.structs import replace

from sluice.audit import programs
from sluice.audit.model import AuditSettings, NotCheckedError
from sluice.audit.parts import code, dockerfiles, history, secrets
from sluice.audit.parts.detecting import detecting, secrets_in
from sluice.audit.programs import run_program

KEY = "AKIA" + "QYLPMN5HFIQR7XYZ"
LEAK = f'aws_access_key_id = "{KEY}"\n'


@pytest.mark.slow
def test_a_secret_in_a_file_is_found_and_the_baseline_allows_it(tmp_path: Path) -> None:
    need("detect-secrets")
    scene = scene_of(tmp_path, {"conf/app.ini": LEAK, "b.py": "x = 1\n"}, run=run_program)
    assert names(secrets.check(scene)) == ["secret/aws-access-key"]
    marked = scene_of(tmp_path / "b", {"app.ini": LEAK.rstrip() + "  # pragma: allowlist secret\n"}, run=run_program)
    assert names(secrets.check(marked)) == []
    baseline = run_program("detect-secrets", "scan", "--no-verify", "conf/app.ini", folder=tmp_path).output
    (tmp_path / ".secrets.baseline").write_bytes(baseline)
    checked = secrets.check(scene)
    assert names(checked) == []
    assert checked is not None
    assert [(one.name, one.value) for one in checked.evidence.measures] == [("suppressed/detect-secrets", 1)]
    (tmp_path / ".secrets.baseline").write_text("[]", encoding="utf-8")
    with pytest.raises(NotCheckedError, match=r"baseline .secrets.baseline can't be read"):
        secrets.check(scene)


@pytest.mark.slow
def test_the_name_of_a_file_is_no_option_of_a_scanner(tmp_path: Path) -> None:
    for program in ("detect-secrets", "bandit", "hadolint"):
        need(program)
    files = {
        "a.ini": LEAK,
        "a.py": "x = eval(input())\n",
        "Dockerfile": "FROM debian\n",
        "--disable-plugin=AWSKeyDetector": "",
        "--exit-zero.py": "",
        "--ignore=DL3006.Dockerfile": "FROM debian\n",
    }
    scene = scene_of(tmp_path, files, run=run_program)
    assert "secret/aws-access-key" in names(secrets.check(scene))
    assert names(code.check(scene)) == ["code/B307"]
    assert names(dockerfiles.check(scene)).count("misconfiguration/DL3006") == 2


@pytest.mark.slow
def test_a_file_of_twelve_megabytes_of_short_lines_takes_no_minute_of_a_processor(tmp_path: Path) -> None:
    need("detect-secrets")
    scene = scene_of(tmp_path, {"lines.txt": "\nab\n" * 3_000_000 + LEAK}, run=run_program)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert names(secrets.check(scene)) == ["secret/aws-access-key"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 60


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_told_and_costs_no_other_its_search(tmp_path: Path) -> None:
    need("detect-secrets")
    code = (
        "import sys; from sluice.audit.parts import searching; searching.FILE_SECONDS = 1;"
        "searching.LARGEST_FILE = 9_000_000; searching.main(sys.argv[1:])"
    )
    many = "[a]\n" + "".join(f"k{number} = 1\n" for number in range(100_000))
    files = {"many.ini": many, "a.txt": LEAK, "large.txt": "a\n" * 5_000_000}
    scene = scene_of(
        tmp_path, files, run=lambda *words, **options: run_program(words[0], "-c", code, *words[4:], **options)
    )
    checked = secrets.check(scene)
    assert names(checked) == ["secret/aws-access-key"]
    assert checked is not None
    assert [(one.id, one.path) for one in checked.evidence.problems] == [
        ("skipped", "large.txt"),
        ("skipped", "many.ini"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["py", "yaml", "ini", "txt", "go"])
def test_what_detect_secrets_finds_alone_is_found(tmp_path: Path, kind: str) -> None:
    need("detect-secrets")
    lines = [
        LEAK.strip(),
        f"k: {LEAK.strip()}  # pragma: allowlist secret",
        "# pragma: allowlist nextline secret",
        "password = 'abc-Def-9012'",
        "db_pass: 'xyz-Def-9012'",
        'if "Tr0ub4dor-3x" == my_password:',
        "u = 'https://user:" + "hunter-2-x@host/'",
        "x = '" + "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg" + "'",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "token: ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "host = 93.184.216.34",
        "password = get_password('abc')",
    ]
    scene = scene_of(tmp_path, {f"a.{kind}": "\n".join([*lines, *lines]), "b.txt": "\r\n".join(lines)}, run=run_program)
    alone = json.loads(run_program("detect-secrets", "scan", "--no-verify", *scene.files, folder=tmp_path).output)
    expected = [
        (path, one["line_number"], one["hashed_secret"][:12])
        for path, entries in alone["results"].items()
        for one in entries
    ]
    checked = secrets.check(scene)
    assert checked is not None
    assert len(expected) > 8
    found = [(one.path, one.line, *one.aliases) for one in checked.evidence.findings]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


@pytest.mark.slow
def test_a_text_that_is_not_in_utf8_is_searched(tmp_path: Path) -> None:
    need("detect-secrets")
    scene = scene_of(tmp_path, {"a.txt": ""}, run=run_program)
    (tmp_path / "a.txt").write_bytes(b"caf\xe9\n" + LEAK.encode())
    assert names(secrets.check(scene)) == ["secret/aws-access-key"]


@pytest.mark.slow
def test_what_is_looked_through_does_not_say_what_is_imported(tmp_path: Path) -> None:
    need("detect-secrets")
    files = {"sluice/__init__.py": "raise SystemExit", "detect_secrets.py": "raise SystemExit", "a.txt": LEAK}
    assert names(secrets.check(scene_of(tmp_path, files, run=run_program))) == ["secret/aws-access-key"]


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    return subprocess.check_output(["git", *identity, *words], cwd=root, text=True)


def committed(root: Path, *texts: str) -> None:
    """A repository whose file ``a.txt`` was each of the texts in turn."""
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    for text in texts:
        (root / "a.txt").write_text(text, encoding="utf-8")
        git(root, "add", "a.txt")
        git(root, "commit", "--quiet", "-m", "More")


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_secret_that_was_deleted_is_found_in_the_history(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, "one\n", f"one\n{LEAK}", "one\ntwo\n")
    checked = history.check(scene_of(root, {}))
    assert names(checked) == ["secret/aws-access-key"]
    assert checked is not None
    commit = git(root, "rev-parse", "HEAD~1")[:10]
    assert (checked.evidence.findings[0].title, checked.what) == (f"AWS Access Key, added by {commit}", "3 commits")
    assert KEY not in repr(checked)
    assert names(history.check(scene_of(root, {}, settings=AuditSettings(exclude=("a.*",))))) == []
    clean = tmp_path / "clean"
    committed(clean, "one\n", "two\n")
    assert names(history.check(scene_of(clean, {}))) == []


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_secret_that_only_a_merge_brought_is_found(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, "one\n")
    git(root, "checkout", "--quiet", "-b", "side")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Side")
    git(root, "checkout", "--quiet", "main")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Main")
    git(root, "merge", "--quiet", "--no-commit", "--no-ff", "side")
    (root / "a.txt").write_text(f"one\n{LEAK}", encoding="utf-8")
    git(root, "commit", "--quiet", "--all", "-m", "Merge")
    merge = git(root, "rev-parse", "HEAD")[:10]
    (root / "a.txt").write_text("one\n", encoding="utf-8")
    git(root, "commit", "--quiet", "--all", "-m", "Gone")
    checked = history.check(scene_of(root, {}))
    assert checked is not None
    assert [one.title for one in checked.evidence.findings] == [f"AWS Access Key, added by {merge}"]
    assert [one.path for one in checked.evidence.findings] == ["a.txt"]


@pytest.mark.slow
@pytest.mark.needs_git
@pytest.mark.parametrize("before", [None, "{}\n"])
def test_a_secret_that_only_a_merge_brought_in_a_file_that_git_does_not_show_is_found(
    tmp_path: Path, before: str | None
) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, "one\n")
    (root / ".gitattributes").write_text("*.json -diff\n", encoding="utf-8")
    key = root / "key.json"
    if before is not None:
        key.write_text(before, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Attributes")
    git(root, "checkout", "--quiet", "-b", "side")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Side")
    git(root, "checkout", "--quiet", "main")
    git(root, "merge", "--quiet", "--no-commit", "--no-ff", "side")
    key.write_text(LEAK, encoding="utf-8")
    key.chmod(0o755)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Merge")
    checked = history.check(scene_of(root, {}))
    assert checked is not None
    assert [(one.id, one.path) for one in checked.evidence.findings] == [("aws-access-key", "key.json")]


NEXT = "# pragma: allowlist nextline secret\n"


@pytest.mark.slow
@pytest.mark.needs_git
@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a\nb\nc\n", f"a\n{NEXT}b\n{LEAK}c\n"], ["secret/aws-access-key"]),
        (["a\n", f"a\n{NEXT}\n{LEAK}"], ["secret/aws-access-key"]),
        (["a\n", f"a\n{NEXT}x\n{LEAK}", "a\n", "x\na\n"], ["secret/aws-access-key"]),
        (["a\n", f"a\n{NEXT}{LEAK}"], []),
        (["a\n", f"a\n{NEXT}{LEAK}", "a\n", f"a\n{NEXT}{LEAK.replace('QYL', 'ZZL')}"], []),
    ],
)
def test_a_comment_in_the_history_allows_the_next_line_of_its_file_and_no_other(
    tmp_path: Path, texts: list[str], found: list[str]
) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    committed(tmp_path / "r", *texts)
    assert names(history.check(scene_of(tmp_path / "r", {}))) == found


def random_words(length: int) -> str:
    """So many letters and digits in base64, with as much entropy as it has, the same each time."""
    data = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(length // 40 + 1))
    return base64.b64encode(data).decode()[:length].replace("+", "a").replace("/", "b")


def token_of(length: int) -> str:
    """A web token whose middle part has so many characters at least."""
    parts = ({"alg": "none"}, {"x5c": random_words(length)})
    return ".".join([base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts])


@pytest.mark.slow
@pytest.mark.parametrize("before", [17_990, 19_970, 19_985])
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f'"{random_words(9000)}"', random_words(9000)),
        (f" {token_of(6000)} ", token_of(6000)),
        (f"; {'xox' + 'b-1234-abcdef012345678901234567890'} ", "xox" + "b-1234-abcdef012345678901234567890"),
    ],
)
def test_a_secret_in_a_long_line_is_found_as_a_whole_wherever_it_stands(before: int, text: str, secret: str) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    line = "a=1;" * 5000
    with detecting(gone=True):
        found = [one.digest for one in secrets_in("a.txt", [line[:before] + text + line])]
        allowed = f"{line[:before]}{text}{line} # pragma: allowlist secret"
        assert list(secrets_in("a.txt", [allowed])) == []
    assert found == [hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()]


@pytest.mark.slow
def test_a_file_that_costs_its_process_is_told_and_costs_no_other_its_search(tmp_path: Path) -> None:
    need("detect-secrets")
    code = (
        "import os, sys\n"
        "from sluice.audit.parts import searching\n"
        "whole = searching.search\n"
        "def search(path):\n"
        "    return os.kill(os.getpid(), 9) if path.startswith('kill') else whole(path)\n"
        "searching.search = search\n"
        "searching.main(sys.argv[1:])\n"
    )
    files = {f"{number}.txt": LEAK for number in range(20)} | {"kill-a.txt": "a\n", "kill-b.txt": "a\n"}
    scene = scene_of(
        tmp_path, files, run=lambda *words, **options: run_program(words[0], "-c", code, *words[4:], **options)
    )
    checked = secrets.check(scene)
    assert checked is not None
    assert {one.path for one in checked.evidence.findings} == {f"{number}.txt" for number in range(20)}
    assert [(one.id, one.path) for one in checked.evidence.problems] == [
        ("skipped", "kill-a.txt"),
        ("skipped", "kill-b.txt"),
    ]


def test_a_search_that_does_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("detect-secrets")
    monkeypatch.setattr(programs, "LIMIT_SECONDS", 0.01)
    with pytest.raises(NotCheckedError, match=r"^detect-secrets did not end"):
        secrets.check(scene_of(tmp_path, {"a.txt": LEAK}, run=run_program))


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_file_that_takes_longer_than_the_history_has_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    committed(tmp_path / "r", "".join(f"line {number}\n" for number in range(100)))
    monkeypatch.setattr(history, "time", SimpleNamespace(monotonic=count().__next__))
    checked = history.check(scene_of(tmp_path / "r", {}, settings=AuditSettings(history_seconds=50)))
    assert checked is not None
    assert checked.what == "0 of 1 commit"
    assert [(one.id, one.package) for one in checked.evidence.problems] == [("skipped", "history")]


@pytest.mark.slow
@pytest.mark.needs_git
@pytest.mark.parametrize("settings", [("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true")])
@pytest.mark.parametrize("name", ["b.txt", "of two words.txt", 'with "quotes".txt'])
def test_a_secret_in_a_file_of_any_name_is_found_whatever_git_is_set_to(
    tmp_path: Path, settings: tuple[str, str], name: str
) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, "one\n")
    git(root, "config", *settings)
    (root / name).write_text(LEAK, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Key")
    checked = history.check(scene_of(root, {}))
    assert checked is not None
    assert [(one.id, one.path) for one in checked.evidence.findings] == [("aws-access-key", name)]


def repository_of(root: Path, files: dict[str, bytes]) -> None:
    """A repository in which a commit has these files, and the next one only what they say of attributes."""
    committed(root, "one\n")
    for name, data in files.items():
        (root / name).write_bytes(data)
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "-m", "Files")
    for name in files.keys() - {".gitattributes"}:
        (root / name).unlink()
    git(root, "commit", "--quiet", "--all", "-m", "Gone")


LONG = b"var a=1;" * 6300 + LEAK.strip().encode() + b";b=2" * 20_000


@pytest.mark.slow
@pytest.mark.needs_git
@pytest.mark.parametrize(
    "files",
    [
        {"min.js": LONG},
        {"key.txt": LEAK.encode(), ".gitattributes": b"*.txt binary\n"},
        {"key.json": LEAK.encode(), ".gitattributes": b"*.json -diff\n"},
        {'of "two" b words.json': LEAK.encode(), ".gitattributes": b"*.json -diff\n"},
        {'ends in "': LEAK.encode(), ".gitattributes": b"ends* -diff\n"},
        {"nul.txt": b"\0\n" + LEAK.encode()},
        {"bom.txt": ("é\n" + LEAK).encode("utf-16")},
        {"little.txt": LEAK.encode("utf-16-le")},
        {"big.txt": LEAK.encode("utf-16-be")},
        {"shown.txt": LEAK.encode("utf-16"), ".gitattributes": b"*.txt diff\n"},
    ],
)
def test_a_secret_in_a_long_line_or_in_a_text_that_git_does_not_show_is_found(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    repository_of(tmp_path / "r", files)
    checked = history.check(scene_of(tmp_path / "r", {}))
    assert checked is not None
    assert [(one.id, one.path) for one in checked.evidence.findings] == [("aws-access-key", next(iter(files)))]
    assert checked.evidence.problems == ()
    (tmp_path / "tree").mkdir()
    for name, data in files.items():
        (tmp_path / "tree" / name).write_bytes(data)
    assert names(secrets.check(scene_of(tmp_path / "tree", {}, run=run_program))) == ["secret/aws-access-key"]


@pytest.mark.slow
@pytest.mark.needs_git
def test_files_that_are_no_text_are_counted_and_make_nothing_red(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    files = {"a.png": b"\x89PNG\0\xff", "program": b"\x7fELF\0\xff" * 2_000_000, "ok.txt": b"one\n"}
    repository_of(tmp_path / "r", files)
    scene = replace(scene_of(tmp_path / "r", {}), cache=tmp_path / "cache")
    for _ in range(2):
        checked = history.check(scene)
        assert checked is not None
        assert checked.what == "3 commits; 2 files are no text or named like none"
        assert checked.evidence.problems == ()
    (tmp_path / "tree").mkdir()
    for name, data in files.items():
        (tmp_path / "tree" / name).write_bytes(data)
    checked = secrets.check(scene_of(tmp_path / "tree", {}, run=run_program))
    assert checked is not None
    assert checked.what == "3 files; 2 files are no text or named like none"
    assert checked.evidence.problems == ()


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_text_too_large_that_git_does_not_show_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    monkeypatch.setattr(history, "_LARGEST_CHANGE", 1000)
    repository_of(tmp_path / "r", {"a.json": b"line\n" * 300, ".gitattributes": b"*.json -diff\n"})
    checked = history.check(scene_of(tmp_path / "r", {}))
    assert checked is not None
    assert [one.id for one in checked.evidence.problems] == ["too-large"]


@pytest.mark.slow
@pytest.mark.needs_git
def test_what_is_too_large_to_be_looked_at_is_told_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    monkeypatch.setattr(history, "_LARGEST_CHANGE", 1000)
    root = tmp_path / "r"
    committed(root, "one\n", "".join(f"line {number}\n" for number in range(300)) + LEAK, "two\n")
    scene = replace(scene_of(root, {}), cache=tmp_path / "cache")
    for _ in range(2):
        checked = history.check(scene)
        assert checked is not None
        assert [(one.id, one.package) for one in checked.evidence.problems] == [("too-large", "history")]


@pytest.mark.slow
@pytest.mark.needs_git
def test_what_was_looked_at_is_remembered_until_the_history_is_rewritten(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, "one\n", LEAK, "two\n")
    scene = replace(scene_of(root, {}), cache=tmp_path / "cache")
    assert names(history.check(scene)) == ["secret/aws-access-key"]
    late = replace(scene, settings=AuditSettings(history_seconds=-1))
    assert names(history.check(late)) == ["secret/aws-access-key"]
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Empty")
    (root / "b.txt").write_text(LEAK.replace("QYL", "ZZL"), encoding="utf-8")
    git(root, "add", "b.txt")
    git(root, "commit", "--quiet", "-m", "New")
    checked = history.check(late)
    assert checked is not None
    assert (len(checked.evidence.problems), checked.what) == (1, "3 of 5 commits")
    assert len(names(history.check(scene))) == 2
    git(root, "reset", "--quiet", "--hard", "HEAD~4")
    assert names(history.check(scene)) == []
    for memory in (tmp_path / "cache").iterdir():
        assert KEY not in memory.read_text(encoding="utf-8")
        memory.write_text("{", encoding="utf-8")
    assert names(history.check(scene)) == []


@pytest.mark.slow
@pytest.mark.needs_git
def test_time_that_is_over_and_a_shallow_clone_are_said(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets", reason="needs sluice-ci[audit]")
    root = tmp_path / "r"
    committed(root, LEAK, "two\n")
    checked = history.check(scene_of(root, {}, settings=AuditSettings(history_seconds=-1)))
    assert checked is not None
    assert [(one.id, one.package) for one in checked.evidence.problems] == [("skipped", "history")]
    assert checked.what == "0 of 2 commits"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    with pytest.raises(NotCheckedError, match="shallow"):
        history.check(scene_of(tmp_path / "shallow", {}))
    (tmp_path / "none").mkdir()
    with pytest.raises(NotCheckedError, match="no git repository"):
        history.check(scene_of(tmp_path / "none", {}))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "found"), [("SLACK_URL", []), ("Sw0rdfish9", ["secret/secret-keyword"])])
def test_the_name_of_a_channels_secret_is_none(tmp_path: Path, name: str, found: list[str]) -> None:
    need("detect-secrets")
    settings = {"sluice.toml": f'[channel.team]\nsecret = "{name}"\n'}
    assert names(secrets.check(scene_of(tmp_path, settings, run=run_program))) == found
