"""The built-in actions by the name that ``uses`` gives them; each module is imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from sluice.actions.protocol import BuiltinAction

_PLACES = {
    "actions/checkout": ("sources.checkout", "Checkout"),
    "actions/setup-node": ("toolchains.node.setup_node", "SetupNode"),
    "actions/setup-python": ("toolchains.python.setup_python", "SetupPython"),
    "actions/attest-build-provenance": ("publishing.attest_build_provenance", "AttestBuildProvenance"),
    "hynek/build-and-inspect-python-package": ("publishing.build_and_inspect", "BuildAndInspect"),
    "actions/create-github-app-token": ("scripts.create_github_app_token", "CreateGithubAppToken"),
    "actions/labeler": ("decisions.labeler", "Labeler"),
    "actions/stale": ("issues.stale", "Stale"),
    "pnpm/action-setup": ("toolchains.node.pnpm_setup", "PnpmSetup"),
    "goreleaser/goreleaser-action": ("releases.goreleaser", "Goreleaser"),
    "actions/setup-java": ("toolchains.java.setup_java", "SetupJava"),
    "actions/configure-pages": ("pages.configure_pages", "ConfigurePages"),
    "actions/upload-pages-artifact": ("pages.upload_pages_artifact", "UploadPagesArtifact"),
    "actions/deploy-pages": ("pages.deploy_pages", "DeployPages"),
    "peter-evans/create-pull-request": ("pulls.create_pull_request", "CreatePullRequest"),
    "actions/cache": ("cache", "Cache"),
    "actions/cache/restore": ("cache", "Restore"),
    "actions/cache/save": ("cache", "Save"),
    "docker/bake-action": ("docker.bake", "Bake"),
    "docker/build-push-action": ("docker.build_push", "BuildPush"),
    "docker/login-action": ("docker.login", "Login"),
    "docker/metadata-action": ("docker.metadata_action", "Metadata"),
    "docker/setup-buildx-action": ("docker.setup_buildx", "SetupBuildx"),
    "docker/setup-qemu-action": ("docker.setup_qemu", "SetupQemu"),
    "hadolint/hadolint-action": ("scanning.hadolint", "Hadolint"),
    "aquasecurity/trivy-action": ("scanning.trivy", "Trivy"),
    "snyk/actions/docker": ("scanning.snyk", "SnykDocker"),
    "anchore/sbom-action": ("scanning.sbom", "Sbom"),
    "github/codeql-action/init": ("scanning.codeql", "CodeqlInit"),
    "github/codeql-action/autobuild": ("scanning.codeql", "CodeqlAutobuild"),
    "github/codeql-action/analyze": ("scanning.codeql", "CodeqlAnalyze"),
    "github/codeql-action/upload-sarif": ("scanning.upload_sarif", "UploadSarif"),
    "actions/delete-package-versions": ("releases.delete_package_versions", "DeletePackageVersions"),
    "dtolnay/rust-toolchain": ("toolchains.rust.rust_toolchain", "RustToolchain"),
    "actions-rs/toolchain": ("toolchains.rust.actions_rs", "Toolchain"),
    "actions-rs/cargo": ("toolchains.rust.actions_rs", "Cargo"),
    "taiki-e/install-action": ("toolchains.rust.installing", "InstallTools"),
    "dtolnay/install": ("toolchains.rust.installing", "InstallCrate"),
    "golangci/golangci-lint-action": ("scanning.golangci_lint", "GolangciLint"),
    "swatinem/rust-cache": ("toolchains.rust.rust_cache", "RustCache"),
    "actions/create-release": ("releases.create_release", "CreateRelease"),
    "actions/upload-release-asset": ("releases.upload_release_asset", "UploadReleaseAsset"),
    "ncipollo/release-action": ("releases.release_action", "ReleaseAction"),
    "softprops/action-gh-release": ("releases.action_gh_release", "ActionGhRelease"),
    "re-actors/alls-green": ("decisions.alls_green", "AllsGreen"),
    "dorny/paths-filter": ("decisions.paths_filter", "PathsFilter"),
    "pypa/gh-action-pypi-publish": ("publishing.pypi_publish", "PypiPublish"),
    "actions/github-script": ("scripts.github_script", "GithubScript"),
    "codecov/codecov-action": ("publishing.codecov", "Codecov"),
    "actions/setup-go": ("toolchains.go.setup_go", "SetupGo"),
    "astral-sh/setup-uv": ("toolchains.uv.setup_uv", "SetupUv"),
    "pre-commit/action": ("scripts.pre_commit", "PreCommit"),
    "actions/download-artifact": ("artifacts.download_artifact", "DownloadArtifact"),
    "actions/upload-artifact": ("artifacts.upload_artifact", "UploadArtifact"),
    "actions/upload-artifact/merge": ("artifacts.merge_artifacts", "MergeArtifacts"),
}


def _maker(module: str, name: str) -> Callable[[], BuiltinAction]:
    def make() -> BuiltinAction:
        found = importlib.import_module(f"sluice.actions.builtin.{module}")
        action: BuiltinAction = getattr(found, name)()
        return action

    return make


BUILTINS: dict[str, Callable[[], BuiltinAction]] = {name: _maker(*place) for name, place in _PLACES.items()}
