"""actions/setup-java as a step of workflows that run for real, with the JDKs of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run
from set_up_workflows import set_up

from sluice.actions.builtin.toolchains.java.java_version_file import version_from_file
from sluice.actions.builtin.toolchains.java.maven_files import settings
from sluice.actions.java import Java, _version, find_javas
from sluice.actions.protocol import ActionFailedError

JDK = next((java for java in find_javas() if java.compiles), None)
needs_jdk = pytest.mark.skipif(JDK is None, reason="needs a JDK on this machine")


def workflow(inputs: str, script: str = "true") -> str:
    return set_up("j", "actions/setup-java@v5", inputs, script)


@pytest.mark.parametrize(
    ("text", "version"), [("17.0.2", (17, 0, 2)), ("25", (25, 0, 0)), ("1.8.0_392", (8, 0, 392)), ("26-ea", None)]
)
def test_a_release_names_its_version(text: str, version: tuple[int, ...] | None) -> None:
    assert _version(text) == version


def test_a_distribution_is_told_from_who_made_it() -> None:
    java = Java(home=Path("/x"), version=(17, 0, 1), text="17.0.1", maker="Eclipse Adoptium", compiles=True)
    assert java.is_of("temurin")
    assert not java.is_of("zulu")


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        (".java-version", "17\n", "17"),
        (".java-version", "temurin-21.0.1\n", "21.0.1"),
        (".tool-versions", "nodejs 20\njava temurin-17.0.5+8\n", "17.0.5"),
        (".sdkmanrc", "# x\njava=21.0.5-tem\n", "21.0.5"),
    ],
)
def test_a_file_names_the_version(tmp_path: Path, name: str, text: str, version: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert version_from_file(tmp_path / name) == version
    (tmp_path / name).write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ActionFailedError, match="No supported version"):
        version_from_file(tmp_path / name)


def test_names_and_passwords_stay_in_the_environment() -> None:
    text = settings("central", "USER", "PASSWORD", "PHRASE")
    assert "<username>${env.USER}</username>" in text
    assert "<passphrase>${env.PHRASE}</passphrase>" in text


@needs_jdk
@pytest.mark.slow
def test_a_jdk_of_the_machine_compiles_and_its_errors_are_annotations(run: Run, repository: Path) -> None:
    assert JDK is not None
    (repository / "Hello.java").write_text(
        'class Hello { public static void main(String[] a) { System.out.println(">hello"); } }', encoding="utf-8"
    )
    (repository / "Wrong.java").write_text("class Wrong { int x = ; }", encoding="utf-8")
    script = """javac Hello.java && java -cp . Hello
          echo ">$JAVA_HOME ${{ steps.j.outputs.version }} $(test -f ~/.m2/settings.xml && echo written)"
          javac Wrong.java"""
    ran = run(workflow(f"distribution: temurin, java-version: {JDK.version[0]}", script))
    assert ran.said("job") == ["hello", f"{JDK.home} {JDK.text} written"], "\n".join(ran.log("job"))
    assert ran.results() == {"job": "failure"}
    found = [(one.message, one.file) for one in ran.job("job").annotations if one.level == "error"]
    assert ("illegal start of expression", "Wrong.java") in found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "result", "said"),
    [
        ("java-version: 17", "failure", "Input required and not supplied: distribution"),
        ("distribution: temurin", "failure", "java-version or java-version-file input expected"),
        ("distribution: temurin, java-version: 5", "skipped", "Could not find satisfied version for SemVer '5'"),
        ("distribution: temurin, java-version: 17, architecture: s390x", "skipped", "can't run on this machine"),
    ],
)
def test_what_is_not_here_skips_and_what_is_wrong_fails(run: Run, inputs: str, result: str, said: str) -> None:
    ran = run(workflow(inputs))
    assert ran.results() == {"job": result}
    assert said in (ran.job("job").steps["2"].reason or "")


@needs_jdk
@pytest.mark.slow
def test_a_cache_without_the_files_that_it_goes_by_names_them(run: Run) -> None:
    ran = run(workflow(f"distribution: temurin, java-version: {JDK.version[0] if JDK else 0}, cache: maven"))
    assert "unable to cache dependencies: nothing matches **/pom.xml, " in ran.job("job").steps["2"].reason


@needs_jdk
@pytest.mark.slow
def test_mavens_packages_are_cached_by_its_project_files(run: Run, repository: Path) -> None:
    assert JDK is not None
    (repository / "pom.xml").write_text("<project/>", encoding="utf-8")
    script = """echo ">${{ steps.j.outputs.cache-hit }} $(cat ~/.m2/repository/x 2>/dev/null)"
          mkdir -p ~/.m2/repository; echo one > ~/.m2/repository/x"""
    text = workflow(f"distribution: temurin, java-version: {JDK.version[0]}, cache: maven", script)
    assert run(text).said("job") == ["false"]
    assert run(text).said("job") == ["true one"]
    assert "unknown package manager" in run(text.replace("maven", "ant")).job("job").steps["2"].reason
