"""``actions/setup-java``: a JDK of this machine as the job's own, whoever made it; none is fetched."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.java import maven_files
from sluice.actions.builtin.toolchains.java.java_version_file import version_from_file
from sluice.actions.builtin.tools import need
from sluice.actions.java import Java, find_javas
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.versions import allows
from sluice.machine.threads import in_daemon_thread

_MANIFEST = """
name: Setup Java JDK
inputs:
  java-version: {}
  java-version-file: {}
  distribution: {}
  java-package: {default: jdk}
  architecture: {}
  jdk-file: {}
  jdkFile: {deprecationMessage: "The `jdkFile` input is deprecated. Use `jdk-file` instead."}
  check-latest: {default: "false"}
  force-download: {default: "false"}
  set-default: {default: "true"}
  verify-signature: {default: "false"}
  verify-signature-public-key: {}
  server-id: {default: github}
  server-username-env-var: {}
  server-username: {}
  server-password-env-var: {}
  server-password: {}
  settings-path: {}
  overwrite-settings: {default: "true"}
  gpg-private-key: {default: ""}
  gpg-passphrase-env-var: {}
  gpg-passphrase: {}
  cache: {}
  cache-jdk: {}
  cache-dependency-path: {}
  cache-path: {}
  cache-read-only: {default: "false"}
  job-status: {default: "${{ job.status }}"}
  token: {default: "${{ github.server_url == 'https://github.com' && github.token || '' }}"}
  mvn-toolchain-id: {}
  mvn-toolchain-vendor: {}
  show-download-progress: {default: "false"}
  problem-matcher: {default: "true"}
outputs:
  distribution: {description: what was asked for}
  version: {description: what was set up}
  path: {description: "JAVA_HOME"}
  cache-hit: {description: whether the cache was found}
  cache-primary-key: {description: the key of the cache}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_NOTHING_FETCHED = "JDKs are those of this machine, nothing is fetched"
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "aarch64", "arm64": "aarch64"}
_CACHES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "maven": (("**/pom.xml", "**/.mvn/wrapper/maven-wrapper.properties"), (".m2/repository", ".m2/wrapper/dists")),
    "gradle": (
        ("**/*.gradle*", "**/gradle-wrapper.properties", "buildSrc/**/Versions.kt", "**/versions.properties"),
        (".gradle/caches", ".gradle/wrapper"),
    ),
    "sbt": (
        ("**/*.sbt", "**/project/build.properties", "**/project/**.scala"),
        (".ivy2/cache", ".sbt", ".cache/coursier"),
    ),
}
"""For each tool the dependency files and the folders below the job's home (actions/setup-java, src/cache.ts)."""
_MATCHER = {
    "problemMatcher": [
        {
            "owner": "javac",
            "pattern": [
                {
                    "regexp": r"^(?:\[(?:ERROR|WARNING)\]\s+)?(\S.*\.java):\[?(\d+)\S*\s+(?:(error|warning):\s+)?(.+)$",
                    "file": 1,
                    "line": 2,
                    "severity": 3,
                    "message": 4,
                }
            ],
        }
    ]
}


class SetupJava(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/setup-java")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "check-latest": _NOTHING_FETCHED,
            "force-download": _NOTHING_FETCHED,
            "verify-signature": _NOTHING_FETCHED,
            "verify-signature-public-key": _NOTHING_FETCHED,
            "cache-jdk": _NOTHING_FETCHED,
            "token": _NOTHING_FETCHED,
            "job-status": "the post stage knows how the job stands",
            "cache-path": "the folders are those that the tool has by itself",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Find each version, put the last on PATH, write Maven's files, restore the cache."""
        tell_what_is_left_out(host, self)
        _check(host)
        wanted = _wanted(host)
        if host.container is not None:
            await _check_contained(host, wanted[-1])
            return
        known = await in_daemon_thread(find_javas)
        javas = [_choose(host, version, known) for version in wanted]
        for java in javas:
            _announce(host, java, default=java is javas[-1] and boolean(host.inputs, "set-default"))
        _write_files(host, dict(zip(wanted, javas, strict=True)))
        await _import_key(host)
        if host.inputs["cache"]:
            await _restore(host)
        if boolean(host.inputs, "problem-matcher"):
            host.add_matcher(_MATCHER)

    async def post(self, host: ActionHost) -> None:
        """Save the cache."""
        if not boolean(host.inputs, "cache-read-only"):
            await package_cache.save(host)


def _check(host: ActionHost) -> None:
    if not host.inputs["distribution"]:
        raise ActionFailedError("Input required and not supplied: distribution")
    if host.inputs["jdk-file"] or host.inputs["jdkFile"] or host.inputs["distribution"] == "jdkfile":
        raise ToolchainMissingError("A JDK from a file (distribution: jdkfile) can't be set up here: install it")
    if (wanted := host.inputs["architecture"].lower()) and wanted not in {_architecture(), platform.machine().lower()}:
        raise ToolchainMissingError(f"Java for {wanted} can't run on this machine, which is {_architecture()}")


def _architecture() -> str:
    return _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())


def _wanted(host: ActionHost) -> list[str]:
    given, file = lines(host.inputs, "java-version"), host.inputs["java-version-file"]
    if given:
        return given
    if not file:
        raise ActionFailedError("java-version or java-version-file input expected")
    return [version_from_file(host.workspace.paths.workspace / file)]


def _choose(host: ActionHost, wanted: str, known: tuple[Java, ...]) -> Java:
    """Of the version, and if there is one of the distribution; it compiles unless a JRE is wanted."""
    compiles = host.inputs["java-package"].startswith("jdk")
    fitting = [java for java in known if _fits(wanted, java) and (java.compiles or not compiles)]
    if not fitting:
        there = ", ".join(f"{java.text} ({java.home})" for java in known if java.compiles or not compiles) or "none"
        raise ToolchainMissingError(
            f"Could not find satisfied version for SemVer '{wanted}'. On this machine: {there}. "
            "Install it under /usr/lib/jvm or ~/.sdkman, or set JAVA_HOME"
        )
    distribution = host.inputs["distribution"].lower()
    java = next((one for one in fitting if one.is_of(distribution)), fitting[0])
    if not java.is_of(distribution):
        host.notice(
            f"Java {java.text} of {java.maker or 'an unknown maker'} stands for '{distribution}', which is not here"
        )
    return java


def _fits(wanted: str, java: Java) -> bool:
    return wanted == "latest" or allows(re.sub(r"^1\.(?=\d)", "", wanted.partition("+")[0]), java.version)


def _announce(host: ActionHost, java: Java, *, default: bool) -> None:
    suffix = "X64" if _architecture() == "x64" else "ARM64"
    host.set_environment(f"JAVA_HOME_{java.version[0]}_{suffix}", str(java.home))
    host.log(f"Java {java.text} ({java.maker}: {java.home})")
    if default:
        host.set_environment("JAVA_HOME", str(java.home))
        host.add_path(java.home / "bin")
    host.set_output("distribution", host.inputs["distribution"])
    host.set_output("path", str(java.home))
    host.set_output("version", java.text)


async def _check_contained(host: ActionHost, wanted: str) -> None:
    """In a job with a container it is the image's own."""
    _, output = await host.capture_inside(("sh", "-c", "java -version 2>&1"))
    found = re.search(r'version "(?:1\.)?(\d+(?:\.\d+)*)', output)
    version = tuple(map(int, found[1].split("."))) if found else None
    if version is None or not (wanted == "latest" or allows(wanted, version)):
        there = found[1] if found else "none"
        raise ToolchainMissingError(
            f"The job's container has no Java {wanted}; it has {there}: use an image that has it"
        )
    host.set_output("distribution", host.inputs["distribution"])
    host.set_output("version", ".".join(map(str, version)))


def _write_files(host: ActionHost, javas: Mapping[str, Java]) -> None:
    given = host.inputs
    folder = host.workspace.paths.workspace / given["settings-path"]
    folder = folder if given["settings-path"] else host.workspace.paths.home / ".m2"
    passphrase = given["gpg-passphrase-env-var"] or given["gpg-passphrase"] or "GPG_PASSPHRASE"
    text = maven_files.settings(
        given["server-id"],
        given["server-username-env-var"] or given["server-username"] or "GITHUB_ACTOR",
        given["server-password-env-var"] or given["server-password"] or "GITHUB_TOKEN",
        passphrase if given["gpg-private-key"] else "",
    )
    _write(host, folder / "settings.xml", text)
    _write(host, folder / "toolchains.xml", maven_files.toolchains(_toolchains(host, javas)))
    if not boolean(given, "show-download-progress") and "-ntp" not in host.environment.get("MAVEN_ARGS", ""):
        host.set_environment("MAVEN_ARGS", f"{host.environment.get('MAVEN_ARGS', '')} -ntp".strip())


def _toolchains(host: ActionHost, javas: Mapping[str, Java]) -> list[maven_files.Toolchain]:
    vendor = host.inputs["mvn-toolchain-vendor"] or host.inputs["distribution"]
    ids = lines(host.inputs, "mvn-toolchain-id") or [f"{vendor}_{version}" for version in javas]
    if len(ids) != len(javas):
        raise ActionFailedError("If mvn-toolchain-id is supplied, its number of IDs must match the number of versions")
    return [
        maven_files.Toolchain(version=version, vendor=vendor, id=name, home=str(java.home))
        for name, (version, java) in zip(ids, javas.items(), strict=True)
    ]


def _write(host: ActionHost, path: Path, text: str) -> None:
    if path.exists() and not boolean(host.inputs, "overwrite-settings"):
        host.log(f"{path} is there already and overwrite-settings is false: it stays as it is")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


async def _import_key(host: ActionHost) -> None:
    """Into the key ring of the job's own home."""
    if not (key := host.inputs["gpg-private-key"]):
        return
    host.mask(key)
    program = need(host, "gpg", "install GnuPG")
    file = host.workspace.paths.temp / "private-key.asc"
    file.touch(mode=0o600)
    file.write_text(key, encoding="utf-8")
    code, output = await host.capture((program, "--import", "--batch", str(file)))
    file.unlink()
    if code != 0:
        raise ActionFailedError(f"The private key can't be imported: {output.strip()}")


async def _restore(host: ActionHost) -> None:
    tool = host.inputs["cache"]
    if tool not in _CACHES:
        raise ActionFailedError(f"unknown package manager specified: {tool}")
    files, folders = _CACHES[tool]
    home = host.workspace.paths.home
    wanted = package_cache.PackageCache(
        tool=tool,
        prefix=f"setup-java-{host.environment['RUNNER_OS']}-{_architecture()}-{tool}",
        files=lines(host.inputs, "cache-dependency-path") or files,
        folders=[home / folder for folder in folders],
    )
    key, _ = package_cache.remember(host, wanted)
    host.set_output("cache-primary-key", key)
    host.set_output("cache-hit", str(await package_cache.restore(host, wanted)).lower())
