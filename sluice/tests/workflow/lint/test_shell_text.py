from __future__ import annotations

import pytest

from sluice.workflow.lint.rules.shell_text import risky_pipes, sets_pipefail


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("make | tee log", ["make | tee log"]),
        ("make 2>&1 | tee log", ["make 2>&1 | tee log"]),
        ("a=1\nmake |\n  tee log", ["make |"]),
        ("make && curl -s x | sh", ["make && curl -s x | sh"]),
        ("make | sort | wc", ["make | sort | wc"]),
        ("echo x | ./check | wc", ["echo x | ./check | wc"]),
        ("echo x | tr a b\ngrep y z | wc", ["grep y z | wc"]),
        ("x=$(curl y | jq .)", ["x=$(curl y | jq .)"]),
        ("curl 'https://a|b' | jq", ["curl 'https://a|b' | jq"]),
        ("for f in a; do cat $f | sh; done", ["for f in a; do cat $f | sh; done"]),
        ("make | tee log || exit 1", ["make | tee log || exit 1"]),
        ("make | tee log; rm x || true", ["make | tee log; rm x || true"]),
        ("A=1 x=$(curl y | jq .)", ["A=1 x=$(curl y | jq .)"]),
        ("if [ -f a ]; then x=$(curl y | jq .); fi", ["if [ -f a ]; then x=$(curl y | jq .); fi"]),
        ("x=$(curl $(cat a | b) | jq .)", ["x=$(curl $(cat a | b) | jq .)"]),
        ("cat file | sh", ["cat file | sh"]),
        ("tr a b <<< word\nmake | tee log", ["make | tee log"]),
    ],
)
def test_a_pipe_whose_left_side_may_fail_is_found(script: str, lines: list[str]) -> None:
    assert list(risky_pipes(script)) == lines


@pytest.mark.parametrize(
    "script",
    [
        "make || true",
        "echo 'a | b'",
        'echo "a | b"',
        "echo \\| x",
        "make # a | b",
        "echo x | tee y",
        "echo x | tr a b | sed s/a/b/ | wc",
        "echo x | \\\n  tr a b | \\\n  wc",
        "printf '%s' x | sh",
        "cat <<EOF\na | b\nEOF",
        "cat <<-'END' > x\n\ta | b\n\tEND",
        "case x in\n  a | b) make ;;\nesac",
        "[[ $x =~ (a|b) ]]",
        "make >| file",
        "echo ${{ a || b }} ${{ 'x|y' }}",
        "if ps | grep -q x; then make; fi",
        "while ! ps | grep x; do sleep 1; done",
        "major=`echo ${tag#v} | sed s/x//`",
        "go test $(go list ./... | grep -v x)",
        "echo matrix=$(bake --print | jq .) >> $GITHUB_OUTPUT",
        "for f in $(find . | grep x); do make; done",
        "export x=$(curl y | jq .)",
        "install $(grep x go.mod | awk '{print $2}') $(find a | sh)",
        "diff -u <(echo -n) <(lint $(list) | grep -v x)",
        "cat << EOF | gh issue create\na | b\nEOF",
        "make | tee log || true",
        "make | sort | tee log || :",
        "make | \\\n  tee log || true",
        "(! git status | read || exit 1)",
        "! git status | read",
    ],
)
def test_what_is_no_such_pipe_is_left_alone(script: str) -> None:
    assert list(risky_pipes(script)) == []


@pytest.mark.parametrize(
    "script",
    ["set -o pipefail", "set -eo pipefail\nmake", "set -euxo pipefail", "set -e -o pipefail", "make; set -o pipefail"],
)
def test_pipefail_is_seen(script: str) -> None:
    assert sets_pipefail(script)


@pytest.mark.parametrize("script", ["set -e", "echo pipefail", "set +x\necho pipefail"])
def test_pipefail_is_not_imagined(script: str) -> None:
    assert not sets_pipefail(script)
