"""actions/attest-build-provenance in a run: the statement that GitHub would sign, and what it refuses."""

from __future__ import annotations

import pytest
from running import Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

TEXT = """on: push
permissions: {PERMISSIONS}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir dist; printf one > dist/a.whl; printf two > dist/a.tar.gz; (cd dist; sha256sum *) > sums
      - {id: a, uses: actions/attest-build-provenance@v3, with: {INPUTS}}
      - env: {BUNDLE: "${{ steps.a.outputs.bundle-path }}"}
        run: |
          jq -r '.subject[] | ">\\(.name) \\(.digest.sha256[:6])"' "$BUNDLE"
          jq -r '">\\(.predicate.buildDefinition.externalParameters.workflow.path)"' "$BUNDLE"
"""
MAY = "id-token: write, attestations: write"
ONE = "7692c3"  # sha256 of "one"


@pytest.mark.parametrize("inputs", ["subject-path: 'dist/*.whl'", "subject-path: 'dist/*'", "subject-checksums: sums"])
def test_the_statement_names_what_was_made(run: Run, inputs: str) -> None:
    ran = run(TEXT.replace("PERMISSIONS", MAY).replace("INPUTS", inputs))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert f"a.whl {ONE}" in ran.said("job")
    assert ran.said("job")[-1] == ".github/workflows/w.yml"
    effects = [one.target for one in ran.state.effects() if one.kind == "attestation"]
    assert len(effects) == len(ran.said("job")) - 1
    assert all(one.rehearsed for one in ran.state.effects())


@pytest.mark.parametrize(
    ("inputs", "permissions", "said"),
    [
        ("subject-path: gone", MAY, "Could not find subject at path gone"),
        ("github-token: x", MAY, "One of subject-path, subject-digest, or subject-checksums must be provided"),
        ("subject-path: sums, subject-checksums: sums", MAY, "Only one of subject-path and subject-checksums"),
        ("subject-digest: 'sha1:ab', subject-name: x", MAY, 'must be in the format "sha256:<hex-digest>"'),
        ("subject-digest: 'sha256:ab'", MAY, "subject-name must be provided"),
        ("subject-path: sums", "attestations: write", "id-token: write"),
        ("subject-path: sums", "id-token: write", "attestations: write"),
    ],
)
def test_what_the_real_one_refuses_fails_the_step(run: Run, inputs: str, permissions: str, said: str) -> None:
    ran = run(TEXT.replace("PERMISSIONS", permissions).replace("INPUTS", inputs))
    assert ran.results() == {"job": "failure"}
    assert said in ran.job("job").steps["2"].reason
    assert not list(ran.state.effects())
