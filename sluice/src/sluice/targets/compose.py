"""The target ``compose``: services of the commit's compose files, replaced in place. Health is compose's own, by
``up --wait``. The repository's ``.env``, which no commit holds, is read as compose itself would.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from sluice.delivery.deployment.policy import ComposeTarget
from sluice.source.errors import UnavailableError
from sluice.targets.commands import Command, plain_environment, run
from sluice.targets.live import Live, load_live, save_live
from sluice.targets.protocol import Bundle, Ended, Part, Standing, TargetError
from sluice.targets.sources import unpack

_PULL = 1800.0
_NOT_BUILT = "must be built from source"
"""What Compose says of a service with `build` whose image is in no registry."""
_ENGINE = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR")


class ComposePlace:
    """Implements ``targets.protocol.Target``; ``folder`` keeps which deployment is live, and its files."""

    beside = False

    def __init__(self, target: ComposeTarget, project: str, folder: Path) -> None:
        self._target = target
        self.project = target.project or project
        self._folder = folder

    def prepare(self, bundle: Bundle) -> str:
        """Have the files and the images of this version here."""
        find_compose()
        self._unpack(bundle)
        if self._target.build:
            self._compose(bundle, "build", timeout=_PULL)
            return "images built"
        try:
            self._compose(bundle, "pull", timeout=_PULL)
        except TargetError as error:
            if error.hint and _NOT_BUILT in error.hint:
                error.hint += f"\n`build = true` in [environment.{bundle.environment}.compose] builds them here"
            raise
        return "images pulled"

    def start(self, bundle: Bundle) -> str:
        """Have the files checked with this version's variables."""
        self._compose(bundle, "config", "--quiet")
        return "compose files are valid"

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        """The variables of the files."""
        return self._variables(bundle)

    def ended(self, bundle: Bundle) -> Ended:
        """Compose itself waits for health."""
        del bundle
        return Ended()

    def switch(self, bundle: Bundle) -> str:
        """Replace what is different, and wait until all of it is healthy."""
        timeout = self._target.timeout
        options = ("--detach", "--remove-orphans", "--wait", "--wait-timeout", f"{timeout:.0f}")
        self._compose(bundle, "up", *options, timeout=timeout + 60)
        save_live(self._folder, Live(number=bundle.number, version=bundle.release.version))
        return f"project {self.project}"

    def retire(self, bundle: Bundle) -> str:
        """There is nothing of the old version but its files: it was replaced."""
        for folder in self._folder.glob("source-*"):
            if folder != self._source(bundle):
                shutil.rmtree(folder, ignore_errors=True)
        return "the old one was replaced"

    def restore(self, bundle: Bundle | None) -> str:
        """The version's services again, or none."""
        if bundle is not None:
            if not self._source(bundle).exists():
                self._unpack(bundle)
            return self.switch(bundle)
        if load_live(self._folder) is not None or self._folder.exists():
            self._run(["down", "--remove-orphans"], self._folder, plain_environment(*_ENGINE), 300)
        save_live(self._folder, None)
        return "nothing is left"

    def standing(self) -> Standing:
        """As the engine says."""
        live = load_live(self._folder)
        if live is None:
            return Standing()
        listed = self._run(["ps", "--all", "--format", "json"], self._folder, plain_environment(*_ENGINE), 60)
        return Standing(live=live.number, parts=tuple(_part(row) for row in _rows(listed)))

    def kept_variables(self) -> Mapping[str, str]:
        """None: each command of compose is given them anew."""
        return {}

    def kept_secrets(self, names: Collection[str]) -> tuple[str, ...]:
        """None."""
        del names
        return ()

    def log_files(self) -> tuple[Path, ...]:
        """None: ``docker compose logs`` has them."""
        return ()

    def _compose(self, bundle: Bundle, *words: str, timeout: float = 120) -> str:
        source = self._source(bundle)
        files = [word for file in self._target.files for word in ("--file", str(source / file))]
        given = bundle.root / ".env"
        own = ["--env-file", str(given)] if given.is_file() else []
        return self._run([*own, *files, *words], source, self._variables(bundle), timeout, bundle.secret_values)

    def _source(self, bundle: Bundle) -> Path:
        return self._folder / f"source-{bundle.number}"

    def _unpack(self, bundle: Bundle) -> None:
        unpack(bundle, self._source(bundle))
        missing = [file for file in self._target.files if not (self._source(bundle) / file).is_file()]
        if missing:
            raise TargetError(f"{bundle.release.version} has no {', '.join(missing)}")

    def _run(
        self,
        words: list[str],
        directory: Path,
        environment: Mapping[str, str],
        timeout: float,
        masked: tuple[str, ...] = (),
    ) -> str:
        program = [*find_compose(), "--project-name", self.project]
        return run(
            Command(
                words=[*program, *words],
                directory=directory,
                environment=environment,
                timeout=timeout,
                what=f"docker compose {next((word for word in words if word in _VERBS), '')}".strip(),
                masked=masked,
            )
        )

    def _variables(self, bundle: Bundle) -> dict[str, str]:
        return {**plain_environment(*_ENGINE), **bundle.variables, self._target.tag: bundle.release.version}


def project_name(*parts: str) -> str:
    """A name that Compose takes: small letters, digits, ``-`` and ``_``, with one of the first two in front."""
    return re.sub(r"[^a-z0-9_]+", "-", "-".join(parts).lower()).strip("-_")


_VERBS = ("build", "pull", "config", "up", "down", "ps")


def find_compose() -> list[str]:
    """``docker compose``, else a ``docker-compose`` of version 2. Raises ``UnavailableError``.

    The first version knows neither ``up --wait`` nor ``ps --format json``, and has had no release since 2023.
    """
    tried = []
    for program, words in (("docker", ["compose"]), ("docker-compose", [])):
        place = shutil.which(program)
        if place is None:
            tried.append(f"{program}: not in PATH")
            continue
        version, problem = _version([place, *words])
        if not problem and not version.removeprefix("v").startswith("1."):
            return [place, *words]
        tried.append(f"{' '.join([program, *words])}: {problem or f'version {version}, and 2.1.1 or newer is needed'}")
    raise UnavailableError(
        "a compose environment needs Docker Compose 2",
        tried=tried,
        hint="install the compose plugin of Docker, or give the environment a [process] table",
    )


def _version(program: list[str]) -> tuple[str, str]:
    """The version that Compose says it has, or else why it can't be asked."""
    command = Command(
        words=[*program, "version", "--short"],
        directory=Path("/"),
        environment=plain_environment(*_ENGINE),
        timeout=30,
        what="version",
    )
    try:
        return run(command).strip(), ""
    except TargetError as error:
        return "", error.message


def _rows(listed: str) -> list[dict[str, str]]:
    """One array, or a line each: versions of compose differ."""
    text = listed.strip()
    try:
        found = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        raise TargetError(f"docker compose ps says what is no JSON: {text[:200]}") from error
    return [row for row in found if isinstance(row, dict)]


def _part(row: dict[str, str]) -> Part:
    state, health = str(row.get("State", "unknown")), str(row.get("Health", ""))
    done = state == "exited" and str(row.get("ExitCode", "1")) == "0"
    return Part(
        name=str(row.get("Service", row.get("Name", "?"))),
        state=state,
        well=done or (state == "running" and health in {"", "healthy"}),
        detail=health,
    )
