from pathlib import Path

import pytest
from audited import write_files

from sluice.audit.packages.direct import named_node_packages, named_python_packages
from sluice.audit.packages.finding import Packages, find_packages
from sluice.audit.packages.model import Ecosystem

HASH = "sha256:" + "0a" * 32
REQUIREMENTS = f"""# made by a tool
--index-url x
Jinja2==3.1.4 \\
    --hash={HASH} \\
    --hash=sha256:{"1b" * 32}
uvloop[all] == 0.20.0 ; sys_platform != 'win32'  # why
flask>=2
-e ./here
requests
"""
UV = """version = 1
[[package]]
name = "anyio"
version = "4.6.0"
source = { registry = "elsewhere" }
[[package]]
name = "mine"
version = "0.1"
source = { editable = "." }
"""
CARGO = """[[package]]
name = "mine"
version = "0.1.0"
[[package]]
name = "time"
version = "0.1.45"
source = "registry+elsewhere"
"""
NPM = """{"lockfileVersion": 3, "packages": {
"": {"name": "mine", "version": "1.0.0"},
"node_modules/lodash": {"version": "4.17.20", "license": "MIT"},
"node_modules/a/node_modules/@s/b": {"version": "1.0.0"},
"node_modules/mine": {"link": true}
}}"""


def found(root: Path, file: str, text: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> Packages:
    write_files(root, {file: text})
    return find_packages(root, [file], ecosystem)


def pins(packages: Packages) -> list[tuple[str, str, int | None]]:
    return [(one.name, one.version, one.line) for one in packages.pinned]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements/dev.txt"])
def test_requirements_are_read_with_their_lines_and_hashes(tmp_path: Path, name: str) -> None:
    packages = found(tmp_path, name, REQUIREMENTS)
    assert pins(packages) == [("jinja2", "3.1.4", 3), ("uvloop", "0.20.0", 6)]
    assert packages.pinned[0].hashes[0] == HASH
    assert [(one.name, one.line) for one in packages.unpinned] == [("flask", 7), ("requests", 9)]


def test_a_lock_of_any_name_is_one_when_it_pins(tmp_path: Path) -> None:
    assert pins(found(tmp_path, "build.lock", "hatchling==1.27\n")) == [("hatchling", "1.27", 1)]
    assert found(tmp_path, "flake.lock", "something else\n").files == []


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock"])
def test_locks_in_toml_leave_out_what_is_the_repositorys_own(tmp_path: Path, name: str) -> None:
    assert pins(found(tmp_path, name, UV)) == [("anyio", "4.6.0", 3)]


def test_pylock_and_pipfile_and_cargo_and_npm(tmp_path: Path) -> None:
    pylock = UV.replace("[[package]]", "[[packages]]")
    assert pins(found(tmp_path, "pylock.dev.toml", pylock)) == [("anyio", "4.6.0", 3)]
    pipfile = '{"default": {\n"Flask": {"version": "==2.0.1"}}, "develop": {}}'
    assert pins(found(tmp_path, "Pipfile.lock", pipfile)) == [("flask", "2.0.1", 2)]
    assert pins(found(tmp_path, "Cargo.lock", CARGO, Ecosystem.CRATES)) == [("time", "0.1.45", 5)]
    npm = found(tmp_path, "package-lock.json", NPM, Ecosystem.NPM)
    assert pins(npm) == [("lodash", "4.17.20", 3), ("@s/b", "1.0.0", 4)]
    assert npm.pinned[0].licence == "MIT"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", "package = 3"),
        ("uv.lock", "["),
        ("Pipfile.lock", "[]"),
        ("poetry.lock", "[[package]]\nname='a'\x00"),
    ],
)
def test_a_lock_that_can_not_be_read_is_a_problem(tmp_path: Path, name: str, text: str) -> None:
    packages = found(tmp_path, name, text)
    assert [(one.name, one.package) for one in packages.problems] == [("report-problem/unreadable", name)]


def test_an_old_lock_of_npm_is_a_problem(tmp_path: Path) -> None:
    assert found(tmp_path, "package-lock.json", '{"lockfileVersion": 1}', Ecosystem.NPM).problems


def test_what_a_repository_names_itself(tmp_path: Path) -> None:
    project = """[build-system]
requires = ["hatchling>=1"]
[project]
dependencies = ["Jinja2>=3; python_version > '3'", "a.b"]
[project.optional-dependencies]
x = ["c[d]>1"]
[dependency-groups]
dev = ["pytest", {include-group = "x"}]
"""
    manifest = '{"dependencies": {"lodash": "4"}, "devDependencies": {"@s/b": "1"}}'
    files = {
        "pyproject.toml": project,
        "requirements.in": "# no\nflask\n",
        "package.json": manifest,
        "x/package.json": "[",
    }
    write_files(tmp_path, files)
    assert named_python_packages(tmp_path, files) == {"hatchling", "jinja2", "a-b", "c", "pytest", "flask"}
    assert named_node_packages(tmp_path, files) == {"lodash", "@s/b"}
