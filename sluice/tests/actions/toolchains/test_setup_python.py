"""actions/setup-python as a step of workflows that run for real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from msgspec.structs import replace
from running import Run
from set_up_workflows import set_up

from sluice.actions.builtin.toolchains.python import setup_python
from sluice.actions.builtin.toolchains.python.python_version_file import versions_from_file
from sluice.actions.interpreters import ASK, find_interpreters, read_interpreter
from sluice.actions.protocol import ActionFailedError
from sluice.machine.programs import answer_of


def workflow(inputs: str, script: str = "true") -> str:
    return set_up("p", "actions/setup-python@v6", inputs, script)


KEEP = 'echo ">${{ steps.p.outputs.cache-hit }} $(cat FOLDER/x)"; mkdir -p FOLDER; echo one > FOLDER/x'


@pytest.mark.parametrize(
    ("tool", "file", "folder"),
    [
        ("pip", "requirements.txt", "~/.cache/pip"),
        ("pip", "sub/pyproject.toml", "~/.cache/pip"),
        ("pipenv", "Pipfile.lock", "~/.local/share/virtualenvs"),
    ],
)
@pytest.mark.slow
def test_what_a_package_manager_fetched_is_there_in_the_next_run(
    run: Run, repository: Path, tool: str, file: str, folder: str
) -> None:
    (repository / file).parent.mkdir(exist_ok=True)
    (repository / file).write_text("one", encoding="utf-8")
    text = workflow(f"python-version: 3.x, cache: {tool}", KEEP.replace("FOLDER", folder))
    first = run(text)
    assert first.said("job") == ["false"], first.log("job")
    assert run(text).said("job") == ["true one"]
    (repository / file).write_text("two", encoding="utf-8")
    assert run(text).said("job") == ["false one" if tool == "pip" else "false"]


@pytest.mark.slow
def test_poetrys_environments_are_where_poetry_says(run: Run, repository: Path) -> None:
    (repository / "poetry.lock").write_text("one", encoding="utf-8")
    (repository / "bin").mkdir()
    poetry = repository / "bin/poetry"
    settings = 'cache-dir = "\'$HOME\'/c"\nvirtualenvs.in-project = null\nvirtualenvs.path = "{cache-dir}/v"  # x'
    poetry.write_text(f"#!/bin/sh\necho '{settings}'\n", encoding="utf-8")
    poetry.chmod(0o755)
    text = workflow("python-version: 3.x, cache: poetry", KEEP.replace("FOLDER", "~/c/v"))
    text = text.replace("      - {id: p", '      - run: echo "$PWD/bin" >> "$GITHUB_PATH"\n      - {id: p')
    assert run(text).said("job") == ["false"]
    assert run(text).said("job") == ["true one"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("cache: conda", "Caching for 'conda' is not supported"),
        ("cache: pip", "matched to [**/requirements.txt or **/pyproject.toml], make sure you have checked out"),
        ("cache: pip, cache-dependency-path: gone.txt", "matched to [gone.txt]"),
        ("cache: poetry, cache-dependency-path: poetry.lock", "Unable to locate executable file: poetry"),
        ("pip-version: new", 'Invalid pip version "new"'),
        ("python-version-file: gone", "doesn't exist"),
    ],
)
@pytest.mark.slow
def test_what_the_real_one_refuses_fails_the_step(run: Run, repository: Path, inputs: str, said: str) -> None:
    (repository / "poetry.lock").write_text("one", encoding="utf-8")
    version = "" if "version-file" in inputs else "python-version: 3.x, "
    assert said in run(workflow(version + inputs)).job("job").steps["2"].reason


@pytest.mark.slow
@pytest.mark.parametrize("version", ["pypy3.10", "3.13t", "graalpy-24"])
def test_an_interpreter_of_another_kind_is_not_mistaken_for_cpython(run: Run, version: str) -> None:
    ran = run(workflow(f"python-version: '{version}'"))
    assert ran.results() == {"job": "skipped"}
    assert f"The version '{version}' of Python was not found" in ran.job("job").steps["2"].reason


@pytest.mark.slow
def test_the_environment_stays_as_it_is_when_asked(run: Run) -> None:
    same = '"$(command -v python)" = "${{ steps.p.outputs.python-path }}"'
    script = f'test {same} && n= || n=o; echo ">${{pythonLocation:-n}}$n"'
    assert run(workflow("python-version: 3.x, update-environment: false", script)).said("job") == ["no"]


COUNTED = """#!/bin/sh
case "$*" in
  "-m venv --without-pip "*) ;;
  "-m venv "*) echo "$3" >> LOG; sleep 0.5; set -- -m venv --without-pip "$3" ;;
esac
exec PYTHON "$@"
"""


@pytest.mark.slow
def test_of_jobs_that_need_the_same_environment_at_once_one_makes_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "home/cache/tools"  # which jobs see
    tools.unlink()
    tools.mkdir()
    log, program, (real, *_) = tools / "log", tools / "python", find_interpreters()
    program.write_text(COUNTED.replace("LOG", str(log)).replace("PYTHON", str(real.program)), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(setup_python, "find_interpreters", lambda: (replace(real, program=program),))
    matrix = "    strategy: {matrix: {n: [1, 2, 3]}}\n    steps:\n"
    ran = run(workflow("python-version: 3.x").replace("    steps:\n", matrix))
    assert set(ran.results().values()) == {"success"}
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1


WHEEL = {
    "greeting.py": "def main(): print('>hello from', __file__)\n",
    "greeting-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1\n",
    "greeting-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "greeting-1.dist-info/entry_points.txt": "[console_scripts]\ngreet = greeting:main\n",
    "greeting-1.dist-info/RECORD": "".join(f"{name},,\n" for name in ("greeting.py", "greeting-1.dist-info/RECORD")),
}


def of_the_system() -> str:
    """The version of the system's own Python, whose distribution may have changed where packages are."""
    interpreter = read_interpreter(answer_of("/usr/bin/python3", "-I", "-c", ASK), "path")
    if interpreter is None or not answer_of(interpreter.program, "-c", "import ensurepip; print('there')"):
        pytest.skip("the system has no Python that makes environments (python3-venv)")
    return interpreter.text


@pytest.mark.slow
@pytest.mark.parametrize("version", [lambda: "3.x", of_the_system])
def test_packages_of_the_user_can_be_installed_and_those_of_the_machine_are_not_seen(
    run: Run, repository: Path, version: Callable[[], str]
) -> None:
    with ZipFile(repository / "greeting-1-py3-none-any.whl", "w") as wheel:
        for name, text in WHEEL.items():
            wheel.writestr(name, text)
    script = """pip install --quiet --user --no-index ./greeting-1-py3-none-any.whl
          greet | sed "s#$HOME#HOME#"
          python -c "import sys; print('>', *{p.split('/lib/')[0] for p in sys.path if 'packages' in p})" > f
          sed "s#$HOME/.local#USER#; s#$pythonLocation#OWN#" f | xargs -n1 | sort | xargs
          python -c "import site, sys; first, *others = site.getsitepackages();
          print('>', first, *[p for p in others if not p.startswith(sys.prefix + '/')])" > f
          sed "s#$pythonLocation/lib/[^/]*#OWN#" f
          """
    ran = run(workflow(f"python-version: {version()}", script))
    found, places, hidden = ran.said("job")
    assert found.startswith("hello from HOME/.local/lib/python3."), ran.log("job")
    assert places == "OWN USER"
    assert hidden == "OWN/site-packages", "what pip hides from a build in an environment of its own"


@pytest.mark.slow
def test_an_input_without_effect_is_told(run: Run) -> None:
    ran = run(workflow("python-version: 3.x, check-latest: true"))
    assert [found.message for found in ran.job("job").annotations if found.level == "notice"] == [
        "Input 'check-latest' has no effect here: the interpreters are those of this machine."
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".python-version", "# comment\n3.11.2\n3.12\n", ["3.11.2", "3.12"]),
        (".tool-versions", "nodejs 20\npython 3.11.2 3.12 # both\n", ["3.11.2", "3.12"]),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9,<3.13,!=3.10.1"\n', [">=3.9 <3.13"]),
        ("pyproject.toml", '[project]\nrequires-python = "~=3.9"\n', ["^3.9"]),
        ("pyproject.toml", '[project]\nrequires-python = "~=3.9.2"\n', ["~3.9.2"]),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\n', ["^3.11"]),
        ("Pipfile", '[requires]\npython_version = "3.11"\n', ["3.11"]),
    ],
)
def test_versions_are_read_from_a_file(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert versions_from_file(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "text"), [(".python-version", "\n"), ("pyproject.toml", "[project]\n"), ("a.toml", "=")]
)
def test_a_file_that_names_no_version_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ActionFailedError):
        versions_from_file(tmp_path / name)
