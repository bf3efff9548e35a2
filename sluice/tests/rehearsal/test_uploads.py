"""Package indexes as clients of a rehearsal meet them: words of calls, addresses, the form with a file in it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from sluice.github_api.calls import Call, Reply
from sluice.machine.programs import own_program
from sluice.rehearsal.packages import PackageIndex
from sluice.rehearsal.uploads.addresses import PYPI, file_text, index_at, is_here, of_the_file, stand_in_for
from sluice.rehearsal.uploads.index import answer_upload
from sluice.rehearsal.uploads.options import plain, taken_out
from sluice.rehearsal.uploads.programs import FOLDER, WORDS, Programs
from sluice.rehearsal.uploads.pushing import repository_of

API = "http://127.0.0.1:5"
FILE = "app-1.0-py3-none-any.whl"


def form(content: bytes, boundary: str = "xyz", **fields: str) -> bytes:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
             for key, value in fields.items()]  # fmt: skip
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{FILE}"\r\n'
    return b"".join([*parts, head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content,
                     f"\r\n--{boundary}--\r\n".encode()])  # fmt: skip


class Index:
    def __init__(self) -> None:
        self.packages, self.told = PackageIndex(), list[tuple[str, str, str]]()

    def post(self, data: bytes, *, method: str = "POST", credentials: str = "Basic x") -> Reply:
        headers = {"content-type": "multipart/form-data; boundary=xyz", "authorization": credentials}
        call = Call(method=method, path="/index/https/upload.pypi.org/legacy/", api=API, headers=headers, data=data)
        return answer_upload(self.packages, call, lambda *words: self.told.append(words))


def test_a_file_is_told_with_its_digest_whatever_bytes_it_has() -> None:
    index, content = Index(), b"\r\n--xy\r\n\0\xff\n\r"
    assert index.post(form(content, name="app", version="1.0")).status == 200
    digest = hashlib.sha256(content).hexdigest()
    assert index.told == [
        (
            "package-upload",
            f"upload.pypi.org app 1.0 {FILE}",
            f"POST {PYPI} {FILE} ({len(content)} bytes, sha256 {digest})",
        )
    ]


def test_the_index_takes_the_same_bytes_twice_and_never_others() -> None:
    index = Index()
    answers = [index.post(form(content, name="app", version="1.0")) for content in (b"a", b"a", b"b")]
    assert [one.status for one in answers] == [200, 200, 400]
    assert b"File already exists" in (answers[-1].body or b"")  # type: ignore[operator]
    assert len(index.told) == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"credentials": ""}, 403),
        ({"method": "GET"}, 405),
        ({"data": b""}, 400),
        ({"data": form(b"a", name="app")}, 400),
        ({"data": form(b"a", "other", name="app", version="1")}, 400),
    ],
)
def test_what_pypi_would_refuse_is_refused_and_not_told(given: dict[str, object], status: int) -> None:
    index = Index()
    answer = index.post(**{"data": form(b"a", name="app", version="1.0"), **given})  # type: ignore[arg-type]
    assert (answer.status, index.told) == (status, [])


def test_each_index_has_a_place_of_its_own(tmp_path: Path) -> None:
    assert index_at(stand_in_for("", "https://corp.example:8080/up/")) == "https://corp.example:8080/up/"
    file = tmp_path / ".pypirc"
    file.write_text(file_text(API), encoding="utf-8")
    assert of_the_file(file, "testpypi") == {
        "repository": f"{API}/index/https/test.pypi.org/legacy/",
        "username": "__token__",
    }
    file.write_text("no section\n", encoding="utf-8")
    assert of_the_file(file, "pypi") == {}


def test_the_words_of_a_call_are_told_apart() -> None:
    assert list(plain(["--prefix", "web", "-w", "a", "publish", "--tag", "next", "."])) == ["publish", "."]
    options = {"-r": "index", "--repository-url": "address"}
    words = ["upload", "-r", "testpypi", "--repository-url=https://x/", "dist/*"]
    assert taken_out(words, options) == ({"index": "testpypi", "address": "https://x/"}, ["upload", "dist/*"])


def test_a_program_has_its_stand_in_while_it_is_there(tmp_path: Path) -> None:
    folder, own = tmp_path / "folder", tmp_path / "bin"
    own.mkdir()
    programs = Programs(folder, API)
    assert programs.stand_before(f"/first:{own}:/last") == f"/first:{own}:/last:{folder}"
    assert not list(folder.iterdir())
    (own / "pip").touch(0o755)
    assert programs.stand_before(f"/first:{own}:/last") == f"/first:{folder}:{own}:/last"
    for name in WORDS:
        (own / name).touch(0o755)
    assert programs.stand_before(f"{folder}:/first:{own}") == f"/first:{folder}:{own}"
    assert {path.name for path in folder.iterdir()} == set(WORDS)
    (own / "npm").unlink()
    programs.stand_before(str(own))
    assert not (folder / "npm").exists()


def test_what_comes_to_a_place_that_was_long_the_same_has_its_stand_in_with_the_next_step(tmp_path: Path) -> None:
    folder, own = tmp_path / "folder", tmp_path / "bin"
    own.mkdir()
    programs = Programs(folder, API)
    (own / "npm").touch(0o644)
    os.utime(own, (1, 1))
    for _ in range(2):
        programs.stand_before(str(own))
        os.utime(folder, (2, 2))
    assert [path.name for path in folder.iterdir()] == ["npm"]  # it may be executed before the folder changes again
    (own / "twine").touch(0o755)
    os.utime(own, (3, 3))
    programs.stand_before(str(own))
    assert sorted(path.name for path in folder.iterdir()) == ["npm", "twine"]
    (folder / "npm").unlink()
    programs.stand_before(str(own))
    assert (folder / "npm").exists()


def test_a_place_is_looked_for_where_the_job_has_it_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "of-the-job").mkdir()
    (tmp_path / "of-the-job/twine").touch(0o755)
    folder, own = tmp_path / "folder", str(tmp_path / "of-the-job")
    programs = Programs(folder, API, lambda path: path.replace("/tmp/v", own))
    assert programs.stand_before("/tmp/v:/last") == f"{folder}:/tmp/v:/last"
    assert "/tmp/v/twine" in (folder / "twine").read_text(encoding="utf-8")


def test_a_run_within_a_run_finds_the_program_itself(tmp_path: Path) -> None:
    own = tmp_path / "bin"
    own.mkdir()
    (own / "git").write_text("#!/bin/sh\necho itself\n", encoding="utf-8")
    (own / "git").chmod(0o755)
    path = f"{own}{os.pathsep}{os.environ['PATH']}"
    for home in ("outer", "inner"):
        path = Programs(tmp_path / home / FOLDER, API).stand_before(path)
    (tmp_path / "links").mkdir()
    (tmp_path / "links/git").symlink_to(tmp_path / "outer" / FOLDER / "git")  # as `ln -s "$(command -v git)"` makes it
    (tmp_path / "wrapping").mkdir()
    (tmp_path / "wrapping/git").write_text(f'#!/bin/sh\nexec "{tmp_path}/inner/{FOLDER}/git" "$@"\n', encoding="utf-8")
    (tmp_path / "wrapping/git").chmod(0o755)
    path = f"{tmp_path}/wrapping{os.pathsep}{tmp_path}/links{os.pathsep}{path}"
    own_ones = (tmp_path / "wrapping/git", tmp_path / "links/git")
    for program in (*own_ones, *(tmp_path / home / FOLDER / "git" for home in ("outer", "inner"))):
        done = subprocess.run([program, "--version"], env={"PATH": path}, capture_output=True, timeout=20, check=True)
        assert done.stdout == b"itself\n"
    alone = {"PATH": str(tmp_path / "links")}
    done = subprocess.run(["/bin/sh", "-c", "git"], env=alone, capture_output=True, timeout=20, check=True)
    assert done.stdout == b"itself\n", "a link to it is all that PATH has"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://github.com/o/r", "o/r"),
        ("https://x-access-token:t@GitHub.com/o/r.git", "o/r"),
        ("git@github.com:o/r.git", "o/r"),
        ("ssh://git@ssh.github.com:443/o/r.git", "o/r"),
        ("https://gitlab.com/a/b/c.git", "gitlab.com/a~b~c"),
        ("https://huggingface.co/spaces/a/b", "huggingface.co/spaces~a~b"),
        ("https://github.com/o", "github.com/o"),
        ("http://127.0.0.1:8080/git/o/r", None),
        ("http://localhost:3000/o/r.git", None),
        ("git@work:o/r.git", "work/o~r"),
        ("file:///srv/r.git", None),
        ("../r.git", None),
        ("origin", None),
        ("HEAD:refs/heads/main", None),
    ],
)
def test_an_address_of_the_outside_has_a_place_here(address: str, place: str | None) -> None:
    assert repository_of(address) == place


def test_an_index_of_this_machine_or_of_a_service_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> str:
        if name == "nowhere":
            raise OSError
        return {"verdaccio": "127.0.0.1", "nexus": "10.0.0.7"}[name]

    monkeypatch.setattr("socket.gethostbyname", found)
    for address in ("http://127.0.0.1:1/", "http://localhost:2/", "http://[::1]:3/", "http://verdaccio:4873"):
        assert is_here(address)
    for address in ("https://registry.npmjs.org/", "crates.io", "http://nexus:8081/", "http://nowhere/"):
        assert not is_here(address)


def test_what_may_publish_goes_to_this_very_sluice(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/twine").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "bin/twine").chmod(0o755)
    programs = Programs(tmp_path / FOLDER, API)
    programs.stand_before(str(tmp_path / "bin"))
    assert f"exec {own_program('sluice.rehearsal.uploads.by_hand')} twine " in (programs.folder / "twine").read_text()
