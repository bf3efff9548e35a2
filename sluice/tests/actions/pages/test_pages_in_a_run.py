"""GitHub Pages in a run: a site's address, its artifact, its deployment on the stand-in."""

from __future__ import annotations

import pytest
from running import Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

SITE = """on: push
permissions: {contents: read, pages: write, id-token: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - {id: c, uses: actions/configure-pages@v5}
      - run: |
          mkdir -p _site/deep _site/.git; echo hello > _site/index.html; ln -s ../index.html _site/deep/link.html
          echo secret > _site/.hidden; echo x > _site/.git/config
          echo ">${{ steps.c.outputs.base_url }} ${{ steps.c.outputs.host }} ${{ steps.c.outputs.base_path }}"
      - {id: u, uses: actions/upload-pages-artifact@MAJOR}
      - {uses: actions/download-artifact@v4, with: {name: github-pages, path: got}}
      - run: echo ">$(tar -tf got/artifact.tar | grep -v '/$' | sort | xargs)"
  deploy:
    needs: build
    runs-on: ubuntu-latest
    environment: {name: github-pages, url: "${{ steps.d.outputs.page_url }}"}
    steps:
      - {id: d, uses: actions/deploy-pages@v4}
      - run: echo ">${{ steps.d.outputs.page_url }}"
"""


@pytest.mark.parametrize(("major", "files"), [("v3", "./.hidden "), ("v4", "")])
def test_a_site_is_packed_and_deployed_on_the_stand_in(run: Run, major: str, files: str) -> None:
    ran = run(SITE.replace("MAJOR", major), approvals=("github-pages",))
    assert ran.results() == {"build": "success", "deploy": "success"}, "\n".join(ran.log("deploy"))
    address = "https://local.github.io/repository"
    assert ran.said("build") == [
        f"{address} local.github.io /repository",
        f"{files}./deep/link.html ./index.html",
    ]
    assert ran.said("deploy") == [f"{address}/"]
    assert [one.kind for one in ran.state.effects()].count("pages-deployment") == 1


DEPLOY = """on: push
permissions: PERMISSIONS
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - {run: "echo 1 > x"}
      - {uses: actions/upload-artifact@v4, with: {name: other, path: x}}
      - {uses: actions/deploy-pages@v4, with: {artifact_name: NAME}}
"""


@pytest.mark.parametrize(
    ("permissions", "name", "said"),
    [
        ("{pages: write, id-token: write}", "gone", 'No artifacts named "gone" were found for this workflow run'),
        ("{pages: write, id-token: write}", "other", "The artifact other holds x: Pages takes one artifact.tar"),
        ("{pages: write}", "other", 'Ensure GITHUB_TOKEN has permission "id-token: write"'),
    ],
)
def test_what_github_would_not_deploy_fails(run: Run, permissions: str, name: str, said: str) -> None:
    ran = run(DEPLOY.replace("PERMISSIONS", permissions).replace("NAME", name))
    assert ran.results() == {"deploy": "failure"}
    assert said in ran.job("deploy").steps["3"].reason
    assert "pages-deployment" not in [one.kind for one in ran.state.effects()]
