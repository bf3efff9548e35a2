"""What a job's own scripts publish with the usual programs: nothing is sent, and the run says what would have been."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from running import Ran, Run

from sluice.engine.steps.held_back import Overheard

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

CLIENT = """#!{python}
import os, pathlib, sys, urllib.request
words = sys.argv[1:]
if words[0] != "{verb}":
    print("as it is", *words)
    sys.exit(0)
data = b""
for name, value in (("name", "app"), ("version", "1.0")):
    data += f'--b\\r\\nContent-Disposition: form-data; name="{{name}}"\\r\\n\\r\\n{{value}}\\r\\n'.encode()
file = pathlib.Path(words[-1])
data += f'--b\\r\\nContent-Disposition: form-data; name="content"; filename="{{file.name}}"\\r\\n\\r\\n'.encode()
data += file.read_bytes() + b"\\r\\n--b--\\r\\n"
headers = {{"Content-Type": "multipart/form-data; boundary=b", "Authorization": "Basic x"}}
print(">" + " ".join(words), os.environ.get("TWINE_USERNAME"), os.environ.get("TWINE_PASSWORD"))
urllib.request.urlopen(urllib.request.Request(os.environ["{variable}"], data, headers, method="POST"))
"""
OTHER = """#!{python}
import json, sys
words = sys.argv[1:]
print(">{name} " + " ".join(words), file=sys.stderr)
if words[:2] == ["config", "get"]:
    print("https://registry.npmjs.org/")
elif "--json" in words:
    print("> lib@2.0.0 prepack")
    packed = {{"name": "lib", "version": "2.0.0", "size": 9, "integrity": "sha512-x", "filename": "lib-2.0.0.tgz"}}
    print(json.dumps(packed, indent=2))
elif "--dry-run" in words:
    print("   Uploading crate v3.0.0 (/x)", file=sys.stderr)
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    texts = {
        "twine": CLIENT.format(python=sys.executable, verb="upload", variable="TWINE_REPOSITORY_URL"),
        "uv": CLIENT.format(python=sys.executable, verb="publish", variable="UV_PUBLISH_URL"),
        **{
            name: OTHER.format(python=sys.executable, name=name)
            for name in ("npm", "cargo", "gem", "yarn", "helm", "skopeo")
        },
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def workflow(script: str) -> str:
    lines = "".join(f"          {line}\n" for line in script.strip().splitlines())
    head = "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - shell: bash\n        run: |\n"
    return f"{head}          printf x > app-1.0.tar.gz\n{lines}"


def effects(ran: Ran) -> list[tuple[str, str, str]]:
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert all(one.rehearsed for one in ran.state.effects())
    return [(one.kind, one.target, one.request) for one in ran.state.effects()]


DIGEST = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    ("call", "index", "host"),
    [
        ("twine upload --skip-existing", "https://upload.pypi.org/legacy/", "upload.pypi.org"),
        ("twine upload -r testpypi", "https://test.pypi.org/legacy/", "test.pypi.org"),
        ("twine upload --repository-url https://corp.example/up/", "https://corp.example/up/", "corp.example"),
        ("TWINE_REPOSITORY_URL=https://corp.example/up/ twine upload", "https://corp.example/up/", "corp.example"),
        ("uv publish --token x", "https://upload.pypi.org/legacy/", "upload.pypi.org"),
        ("uv publish --publish-url=https://corp.example/up/", "https://corp.example/up/", "corp.example"),
    ],
)
def test_python_packages_go_to_the_runs_own_index(run: Run, call: str, index: str, host: str) -> None:
    ran = run(workflow(f"{call} app-1.0.tar.gz"))
    request = f"POST {index} app-1.0.tar.gz (1 bytes, sha256 {DIGEST})"
    assert effects(ran) == [("package-upload", f"{host} app 1.0 app-1.0.tar.gz", request)]


@pytest.mark.usefixtures("programs")
def test_a_password_of_the_jobs_own_file_is_found_and_its_index_is_not_asked(run: Run) -> None:
    script = r"""
    printf '[mine]\nrepository = https://corp.example/up/\nusername = me\npassword = secret1\n' > ~/.pypirc
    twine upload -r mine app-1.0.tar.gz
    """
    ran = run(workflow("\n".join(line.strip() for line in script.splitlines())))
    assert [target for _, target, _ in effects(ran)] == ["corp.example app 1.0 app-1.0.tar.gz"]
    assert ran.said("job") == ["upload app-1.0.tar.gz me secret1"]


@pytest.mark.usefixtures("programs")
def test_others_try_it_and_what_they_would_send_is_told(run: Run) -> None:
    script = """
    npm --prefix . publish --access public
    cargo publish --locked
    printf x > lib-1.gem; gem push lib-1.gem
    """
    ran = run(workflow("\n".join(line.strip() for line in script.splitlines())))
    assert effects(ran) == [
        (
            "package-upload",
            "registry.npmjs.org lib 2.0.0",
            "PUT https://registry.npmjs.org/lib lib-2.0.0.tgz (9 bytes, sha512-x)",
        ),
        ("package-upload", "crates.io crate 3.0.0", "PUT crates.io /api/v1/crates/new crate-3.0.0.crate"),
        (
            "package-upload",
            "rubygems.org lib-1.gem",
            f"POST https://rubygems.org/api/v1/gems lib-1.gem (1 bytes, sha256 {DIGEST})",
        ),
    ]
    assert ran.said("job") == [
        "npm --prefix . publish --access public --dry-run --json",
        "cargo publish --locked --dry-run",
    ]


@pytest.mark.usefixtures("programs")
def test_what_changes_nothing_is_as_it_is(run: Run) -> None:
    ran = run(
        workflow(
            "npm run publish; npm dist-tag ls; cargo build; twine check x; yarn add publish; command -v hatch || true"
        )
    )
    assert effects(ran) == []
    assert ran.said("job") == ["npm run publish", "npm dist-tag ls", "cargo build", "yarn add publish"]


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    "call", ["npm unpublish lib", "yarn npm publish", "cargo yank lib", "npm dist-tag add lib@1 next"]
)
def test_what_can_not_be_tried_is_refused(run: Run, call: str) -> None:
    ran = run(workflow(call))
    assert ran.code == 1
    assert f"Sluice: a rehearsal can't carry out '{call}'" in ran.log("job")
    assert list(ran.state.effects()) == []


def test_who_asks_for_pypis_own_by_another_way_finds_nobody(run: Run) -> None:
    ran = run(
        workflow(
            "getent hosts upload.pypi.org | sort -u | sed 's/^/>/'; cat ~/.pypirc | grep -c 127.0.0.1 | sed 's/^/>/'"
        )
    )
    isolated = "network" in " ".join(ran.log("job"))
    assert not isolated or ran.said("job") == ["127.0.0.1       upload.pypi.org", "2"]


ASKS = """
import urllib.request
try:
    urllib.request.urlopen(urllib.request.Request("https://HOST/legacy/", b"x", method="POST"), timeout=5)
except OSError as error:
    raise SystemExit(f"HOST: {error}")
"""


@pytest.mark.parametrize(
    ("host", "kind", "way"),
    [
        ("upload.pypi.org", "package-upload", "as ~/.pypirc has it, meets the run's own index"),
        ("uploads.github.com", "asset", "GITHUB_API_URL and the upload_url of a release"),
    ],
)
def test_who_was_refused_an_upload_is_told_why(run: Run, tmp_path: Path, host: str, kind: str, way: str) -> None:
    program = tmp_path / "asks.py"
    program.write_text(ASKS.replace("HOST", host), encoding="utf-8")
    ran = run(workflow(f"{sys.executable} - <<'END'\n{program.read_text(encoding='utf-8')}END"))
    if "network" not in " ".join(ran.log("job")):
        pytest.skip("a job without a network of its own would reach it")
    assert ran.results() == {"job": "failure"}
    assert [(one.kind, one.target, one.rehearsed) for one in ran.state.effects()] == [(kind, host, True)]
    told = [one.message for one in ran.job("job").annotations if one.level == "warning"]
    assert len(told) == 1
    assert told[0].startswith(f"A rehearsal sends nothing to {host}: nobody answers there")
    assert way in told[0]


def test_a_name_alone_or_another_refusal_is_not_explained(run: Run) -> None:
    ran = run(workflow("echo see upload.pypi.org; cd /; false"))
    other = run(workflow("echo connection refused; false"))
    assert [[*one.state.effects(), *one.job("job").annotations[1:]] for one in (ran, other)] == [[], []]


@pytest.mark.parametrize(
    ("pieces", "host"),
    [
        (
            [b"HTTPSConnectionPool(host='upload.pypi", b".org', port=443): Connection\n         refused"],
            "upload.pypi.org",
        ),
        ([b"upload.pypi.org: ", b"ECONN", b"REFUSED", b"x" * 9000], "upload.pypi.org"),
        ([b"curl: (7) Failed to connect to uploads.github.com port 443"], "uploads.github.com"),
        ([b"upload.pypi.org: connection refused", *[b"x" * 8192] * 4], None),
        ([b"upload.pypi.org: 400 Bad Request"], None),
    ],
)
def test_the_end_of_what_a_process_printed_is_overheard(pieces: list[bytes], host: str | None) -> None:
    handed_on: list[bytes] = []
    overheard = Overheard(handed_on.append)
    for piece in pieces:
        overheard.feed(piece)
    assert (overheard.refused(), handed_on) == (host, pieces)


PUSH = """
git init -q -b main; git config user.name bot; git config user.email bot@localhost; git commit -q --allow-empty -m one
git remote add pat "https://me:ghp_secret@github.com/octo/app.git"; git push -q pat main
git push -q "https://x-access-token:ghp_secret@github.com/octo/site" HEAD:refs/heads/gh-pages
git remote add mirror git@gitlab.com:group/sub/app.git; git -c color.ui=never push -q mirror main
git config url."https://me:ghp_secret@github.com/".insteadOf https://github.com/
git remote add other https://github.com/octo/other.git; git push -q other main
git init -q --bare "$RUNNER_TEMP/here.git"; git push -q "$RUNNER_TEMP/here.git" main
echo ">$(git --git-dir "$RUNNER_TEMP/here.git" rev-parse --abbrev-ref main)"
"""


def test_a_push_stays_here_whatever_its_address(run: Run) -> None:
    ran = run(workflow(PUSH))
    assert [(kind, target) for kind, target, _ in effects(ran)] == [
        ("push", "octo/app refs/heads/main"),
        ("push", "octo/site refs/heads/gh-pages"),
        ("push", "gitlab.com/group/sub/app refs/heads/main"),
        ("push", "octo/other refs/heads/main"),
    ]
    assert ran.said("job") == ["main"]
    assert "ghp_secret" not in "".join(request for _, _, request in effects(ran))


@pytest.mark.usefixtures("programs")
def test_a_copy_to_a_registry_is_told_and_one_on_this_machine_is_made(run: Run) -> None:
    script = """
    printf x > app-1.tgz; helm push app-1.tgz oci://ghcr.io/octo/charts
    skopeo copy --all oci:image docker://ghcr.io/octo/app:1
    skopeo copy docker://docker.io/library/alpine dir:image
    """
    ran = run(workflow("\n".join(line.strip() for line in script.splitlines())))
    assert effects(ran) == [
        (
            "image-push",
            "ghcr.io/octo/charts",
            f"helm push app-1.tgz (1 bytes, sha256 {DIGEST}) to oci://ghcr.io/octo/charts",
        ),
        ("image-push", "ghcr.io/octo/app:1", "skopeo copy oci:image to docker://ghcr.io/octo/app:1"),
    ]
    assert ran.said("job") == ["skopeo copy docker://docker.io/library/alpine dir:image"]


@pytest.mark.usefixtures("programs")
def test_what_goes_to_a_service_of_the_job_is_sent(run: Run) -> None:
    script = """
    npm publish --registry http://localhost:4873
    gem push --host http://localhost:9292 lib-1.gem
    cargo publish --index sparse+http://127.0.0.1:8000/
    """
    ran = run(workflow("\n".join(line.strip() for line in script.splitlines())))
    assert effects(ran) == []
    assert ran.said("job") == [
        "npm publish --registry http://localhost:4873",
        "gem push --host http://localhost:9292 lib-1.gem",
        "cargo publish --index sparse+http://127.0.0.1:8000/",
    ]
