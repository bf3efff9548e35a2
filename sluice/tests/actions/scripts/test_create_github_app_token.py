"""actions/create-github-app-token in a run: a token for the stand-in, for a key that signs."""

from __future__ import annotations

import pytest
from running import Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

TEXT = """on: push
permissions: {contents: read}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - id: t
        uses: actions/create-github-app-token@v2
        with: {app-id: 17, private-key: "${{ secrets.KEY }}", INPUTS}
      - env: {OWN: "${{ github.token }}", APP: "${{ steps.t.outputs.token }}"}
        run: |
          for token in "$OWN" "$APP"; do
            curl -s -o answer -w '>%{http_code}\\n' -H "Authorization: Bearer $token" -d '{"title": "x"}' \\
              "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"
          done
          echo ">$APP"
"""


@pytest.fixture(scope="module")
def key() -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 (slow to load)
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 (as above)

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def test_an_apps_token_may_more_than_the_jobs_and_is_not_shown(run: Run, key: str) -> None:
    ran = run(TEXT.replace("INPUTS", "permission-issues: write"), secrets={"KEY": key})
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["403", "201", "***"]
    assert [one.kind for one in ran.state.effects()] == ["issue"]
    assert any("It may: issues: write" in line for line in ran.log("job"))


@pytest.mark.parametrize(
    ("secret", "inputs", "said"),
    [
        ("", "owner: x", "The 'private-key' input must be set"),
        ("no key", "owner: x", "The private key signs nothing for the app 17"),
        ("KEY", "permission-issues: all", "permission-issues is read, write or admin, it is 'all'"),
    ],
)
def test_what_gets_no_token_fails(run: Run, key: str, secret: str, inputs: str, said: str) -> None:
    ran = run(TEXT.replace("INPUTS", inputs), secrets={"KEY": key if secret == "KEY" else secret})
    assert ran.results() == {"job": "failure"}
    assert said in ran.job("job").steps["1"].reason
