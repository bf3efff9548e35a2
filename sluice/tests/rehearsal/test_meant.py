"""Which verb a call means, where options come before it whose values nobody can list."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from forking import forked

from sluice.rehearsal.uploads import by_hand
from sluice.rehearsal.uploads.options import VALUED, meant
from sluice.rehearsal.uploads.programs import WORDS
from sluice.rehearsal.uploads.pushing import push, repository_of


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        ("npm --loglevel silent publish", "publish"),
        ("npm --cache D publish", "publish"),
        ("npm --color publish", "publish"),
        ("uv --cache-dir D publish", "publish"),
        ("hatch -e x publish", "publish"),
        ("cargo --manifest-path F publish", "publish"),
        ("cargo +nightly publish", "publish"),
        ("pnpm recursive publish", "publish"),
        ("pnpm -w publish", "publish"),
        ("yarn workspace a npm publish", "npm"),
        ("podman manifest push list docker://quay.io/x", "push"),
        ("podman --log-level debug push app quay.io/x", "push"),
        ("helm --registry-config F push a.tgz oci://x", "push"),
        ("skopeo --policy F copy a b", "copy"),
        ("hatch -e run publish", "publish"),
        ("hatch --env test publish", "publish"),
        ("npm --loglevel info publish", "publish"),
        ("pnpm --reporter list publish", "publish"),
        ("podman --log-level info push app quay.io/x", "push"),
        ("helm -n test push a.tgz oci://x", "push"),
        ("skopeo --tmpdir build copy a b", "copy"),
        ("hatch -e test run publish", "run"),
        ("npm --loglevel info run publish", "run"),
        ("npm run publish", "run"),
        ("npm test publish", "test"),
        ("npm help publish", "help"),
        ("npm --prefix web run publish", "run"),
        ("yarn workspace a run publish", "workspace"),
        ("uv run publish", "run"),
        ("poetry run publish", "run"),
        ("cargo run publish", "run"),
        ("podman build -t push .", "build"),
        ("podman run app push", "run"),
        ("gem help push", "help"),
    ],
)
def test_the_verb_of_a_call(call: str, verb: str) -> None:
    name, *words = call.split()
    assert meant(words, WORDS[name], VALUED.get(name, ()))[0] == verb


@pytest.mark.parametrize(
    "call",
    ["podman manifest push list docker://quay.io/x", "yarn workspaces foreach npm publish", "npm --x y deprecate a b"],
)
def test_none_of_them_is_carried_out(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho carried out\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(by_hand, "copy", lambda *_: 0)
    name, *words = call.split()
    by_hand.main([name, str(program), "http://127.0.0.1:1", *words])
    assert "carried out" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("push origin HEAD", True),
        ("-C push push origin", True),
        ("-p push https://gitlab.com/a/b main", True),
        ("subtree push --prefix x https://gitlab.com/a/b main", True),
        ("submodule foreach git push", True),
        ("submodule foreach --recursive 'git push origin HEAD'", True),
        ("rebase --exec 'git push' main", True),
        ("rebase --exec='git push' main", True),
        ("submodule foreach git pull", False),
        ("submodule update --init pushed", False),
        ("stash push -m words", False),
        ("commit -m push", False),
    ],
)
def test_a_push_of_git_is_led_wherever_its_word_stands(call: str, *, given: bool, tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text(
        '#!/bin/sh\nfor word; do [ "$word" = config ] && echo "remote.o.url https://gitlab.com/a/b"; done\necho "$@"\n'
    )
    program.chmod(0o755)
    arguments = ["git", str(program), "http://127.0.0.1:1", *shlex.split(call)]
    done = forked(lambda: by_hand.main(arguments))
    assert ("insteadof=https://gitlab.com/a/b" in done.stdout.lower()) == given


@pytest.mark.parametrize(("host", "given"), [("github.com", False), ("gitlab.com", True)])
def test_a_setting_for_pushes_is_passed_where_a_run_within_the_run_has_none(
    host: str, *, given: bool, tmp_path: Path
) -> None:
    program = tmp_path / "git"
    program.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    done = forked(lambda: push(str(program), "http://127.0.0.1:1", ["push", f"https://{host}/a/b"]))
    assert f"insteadOf=https://{host}/a/b" in done.stdout
    assert (f"pushInsteadOf=https://{host}/a/b" in done.stdout) == given


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("gitlab.com:foo/bar.git", "gitlab.com/foo~bar"),
        ("HTTPS://GitLab.com/a/b", "gitlab.com/a~b"),
        ("git@github.com:octo/one.git", "octo/one"),
        ("HEAD:refs/heads/main", None),
    ],
)
def test_an_address_without_a_user_or_in_capitals_counts(address: str, place: str | None) -> None:
    assert repository_of(address) == place
