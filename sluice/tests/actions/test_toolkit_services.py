"""Unmodified @actions/cache and @actions/artifact from npm, against the services of a real run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran, Run
from toolkit_action import make_toolkit_action, toolkit_packages

pytestmark = [pytest.mark.needs_node, pytest.mark.slow]


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = toolkit_packages(tmp_path_factory)
    return make_toolkit_action(tmp_path_factory.mktemp("toolkit") / "action", packages)


Toolkit = Callable[..., Ran]


@pytest.fixture
def toolkit(run: Run, repository: Path, action: Path) -> Toolkit:
    """Run scripts, each as one step, in one job or in several that need each other."""
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/toolkit' = '{action}'\n", encoding="utf-8")

    def run_scripts(*jobs: list[str]) -> Ran:
        text = "on: push\njobs:\n"
        for number, scripts in enumerate(jobs):
            needs = f"    needs: job{number - 1}\n" if number else ""
            text += f"  job{number}:\n    runs-on: ubuntu-latest\n{needs}    steps:\n"
            for script in scripts:
                if script.startswith(("uses:", "run:")):
                    text += f"      - {script}\n"
                else:
                    block = "".join(f"            {line}\n" for line in script.strip().splitlines())
                    text += f"      - uses: made/toolkit@v1\n        with:\n          script: |\n{block}"
        return run(text)

    return run_scripts


SAVE = "say(await cache.saveCache(['kept'], KEY) > 0 ? 'saved' : 'not saved')"
DIGEST = "sha256sum kept/file | cut -c-64 | sed s/^/\\>/"
UPLOAD = """
const files = ['out/deep/1.txt', 'out/2.txt'];
const {size, digest} = await artifact.uploadArtifact('mine', files, 'out', {retentionDays: 3});
say(size > 0 && digest.length)
"""
DOWNLOAD = """
const {artifacts} = await artifact.listArtifacts();
say(artifacts.map(a => a.name));
const {artifact: found} = await artifact.getArtifact('built-in');
await artifact.downloadArtifact(found.id, {path: 'theirs', expectedHash: found.digest});
"""
DELETE = "await artifact.deleteArtifact('mine'); say((await artifact.listArtifacts()).artifacts.map(a => a.name))"
AS_IT_IS = """
await artifact.uploadArtifact('ignored', ['plain.txt'], '.', {skipArchive: true});
const {artifact: found} = await artifact.getArtifact('plain.txt');
await artifact.downloadArtifact(found.id, {path: 'got'});
"""
RESTORE = "say(await cache.restoreCache(['kept'], KEY, OTHERS) ?? 'nothing')"


def test_a_cache_is_saved_and_restored_by_the_toolkit(toolkit: Toolkit) -> None:
    first = toolkit(
        [
            "run: mkdir kept && echo one > kept/file",
            RESTORE.replace("KEY", "'deps-1'").replace("OTHERS", "[]"),
            SAVE.replace("KEY", "'deps-1'"),
            SAVE.replace("KEY", "'deps-1'"),
        ]
    )
    assert first.said("job0") == ["nothing", "saved", "not saved"], "\n".join(first.log("job0"))
    later = toolkit(
        [
            RESTORE.replace("KEY", "'deps-2'").replace("OTHERS", "['other', 'deps-']"),
            'run: echo ">$(cat kept/file)"',
        ]
    )
    assert later.said("job0") == ["deps-1", "one"]
    assert [type(event).__name__ for event in later.job("job0").caches] == ["CacheRestored"]
    assert {type(event).__name__ for event in first.job("job0").caches} == {"CacheRestored", "CacheSaved"}


def test_a_cache_of_many_blocks_comes_back_whole(toolkit: Toolkit) -> None:
    first = toolkit(
        [
            f"run: mkdir kept && head -c 150000000 /dev/urandom > kept/file && {DIGEST}",
            SAVE.replace("KEY", "'big'"),
        ]
    )
    digest, saved = first.said("job0")
    assert saved == "saved"
    later = toolkit([RESTORE.replace("KEY", "'big'").replace("OTHERS", "[]"), f"run: {DIGEST}"])
    assert later.said("job0") == ["big", digest]


def test_artifacts_go_between_the_toolkit_and_the_built_in_actions(toolkit: Toolkit) -> None:
    ran = toolkit(
        [
            "run: mkdir -p out/deep && echo one > out/deep/1.txt && echo two > out/2.txt",
            UPLOAD,
            "uses: actions/upload-artifact@v4\n        with: {name: built-in, path: out/2.txt}",
        ],
        [
            DOWNLOAD,
            "uses: actions/download-artifact@v4\n        with: {name: mine, path: ours}",
            'run: echo ">$(cat theirs/2.txt ours/deep/1.txt ours/2.txt | xargs)"',
            DELETE,
        ],
    )
    assert ran.results() == {"job0": "success", "job1": "success"}, "\n".join(ran.log("job1"))
    assert ran.said("job0") == ["64"]
    assert ran.said("job1") == ['["built-in","mine"]', "two one two", '["built-in"]']
    assert [(one.name, one.files) for one in ran.job("job0").artifacts] == [("mine", 2), ("built-in", 1)]


def test_a_name_that_is_taken_fails_as_on_github(toolkit: Toolkit) -> None:
    upload = "await artifact.uploadArtifact('a', ['f'], '.')"
    ran = toolkit(["run: echo x > f", upload, upload])
    assert "(409) Conflict" in "\n".join(ran.log("job0"))
    assert ran.results() == {"job0": "failure"}


def test_a_file_can_be_uploaded_as_it_is(toolkit: Toolkit) -> None:
    ran = toolkit(
        [
            "run: echo one > plain.txt",
            AS_IT_IS,
            'run: echo ">$(cat got/plain.txt)"',
        ]
    )
    assert ran.said("job0") == ["one"], "\n".join(ran.log("job0"))


def test_the_token_is_for_actions_only_and_never_shown(toolkit: Toolkit) -> None:
    ran = toolkit(
        [
            "console.log('token ' + process.env.ACTIONS_RUNTIME_TOKEN); say(process.env.ACTIONS_CACHE_SERVICE_V2)",
            'run: echo ">${ACTIONS_RUNTIME_TOKEN:-none}"',
        ]
    )
    assert ran.said("job0") == ["True", "none"]
    assert "token ***" in ran.log("job0")
