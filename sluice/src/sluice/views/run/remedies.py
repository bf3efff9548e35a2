"""What is known of a failure: its symptom, what resolves it, what prevents the next one.

In: what a failed step is called and the end of its log. Out: the first kind that fits, or none: nothing is guessed.
Faults of the machine come first, as they make every kind of step fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct


class Remedy(Struct, frozen=True):
    """Three sentences, each without a full stop."""

    symptom: str
    resolution: str
    prevention: str


_DOCTOR = "`sluice doctor` tells before a run what this machine has"
_BY_LOG = (
    (
        r"no inodes left",
        Remedy(
            "the disk takes no more files",
            "remove files, however small (`df -i` counts them; `sluice clean`), then `sluice rerun --failed`",
            "keep SLUICE_HOME on a disk with inodes to spare; " + _DOCTOR,
        ),
    ),
    (
        r"no space left on device|\bENOSPC\b|disk quota exceeded|the disk is full",
        Remedy(
            "the disk is full",
            "free some space (`sluice clean`, `docker system prune`), or files (`df -i`), then `sluice rerun --failed`",
            "keep SLUICE_HOME and the engine's data on a disk with room; " + _DOCTOR,
        ),
    ),
    (
        r"permission denied while trying to connect to the docker|dial unix \S+: connect: permission denied",
        Remedy(
            "the container engine's socket is closed to this user",
            "join the group that owns the socket, or name an engine of your own by DOCKER_HOST",
            _DOCTOR,
        ),
    ),
    (
        r"cannot connect to the docker daemon|is the docker daemon running",
        Remedy("the container engine does not answer", "start it, then `sluice rerun --failed`", _DOCTOR),
    ),
    (
        r"\bsluice: (command )?not found",
        Remedy(
            "a step calls `sluice`, which is not in PATH",
            "run with its folder in PATH (`source .venv/bin/activate`), or call it by its path",
            "install it where every shell finds it: `pipx install`, `uv tool install`",
        ),
    ),
    (
        r"exit code 127\n(?s:.*)\bnot found\b",
        Remedy(
            "a step calls a program that is not on this machine",
            "install the one that the log names; GitHub's machines come with more than this one has",
            "let the job install what it calls, or run it in a container that has it",
        ),
    ),
    (
        r"port is already allocated|address already in use|\bEADDRINUSE\b",
        Remedy(
            "a port is taken",
            "end what listens there, or choose another port",
            "map services' ports without a number of the host's, and read `job.services.<name>.ports`",
        ),
    ),
    (
        r"manifest unknown|pull access denied|repository does not exist|no such image",
        Remedy(
            "an image can't be had",
            "correct its name and tag, or log in to its registry",
            "name images by a tag or digest that stays, and build what the job needs before it",
        ),
    ),
    (
        r"connection refused|no such host|i/o timeout|tls handshake timeout|reset by peer|http status: 5\d\d",
        Remedy(
            "a service, registry or host doesn't answer",
            "start it or wait until it is back, then `sluice rerun --failed`",
            "give services a health check, and publish after everything that can fail without the network",
        ),
    ),
)
_BY_NAME = (
    (
        r"\b(fmt|format\w*|lint\w*|ruff|black|isort|clippy|rustfmt|eslint|prettier|flake8|mypy|types?|hadolint)\b",
        Remedy(
            "the code is not in its order, or a check of it found something",
            "correct what the log names; most formatters do it themselves",
            "run formatter and linter from a pre-commit hook and in your editor",
        ),
    ),
    (
        r"\b(migrat\w+|schema|alembic|sqlx|rollback)\b",
        Remedy(
            "a migration or the schema is wrong",
            "correct the migration, and try it against a database of that version",
            "take each migration up, down and up again before a push",
        ),
    ),
    (
        r"\b(bench\w*|perf\w*|regress\w*|gates?)\b",
        Remedy(
            "something became slower, larger or worse than its limit",
            "find the change by comparing the two sides",
            "measure before a push; a change that is meant gets a waiver with a reason",
        ),
    ),
    (
        r"\b(docker|image|container|dockerfile|build-push-action)\b",
        Remedy(
            "an image was not built, or does not work",
            "build and try it here, step by step",
            "lint the Dockerfile and build the image before a push",
        ),
    ),
    (
        r"\b(tests?(?! (?:-[a-z] |[\"'$!]))|pytest|unittest|doctest|jest|spec)\b",
        Remedy(
            "a test fails",
            "repeat it in the job's own workspace with `sluice shell`",
            "run the job before a push: `sluice run WORKFLOW --job JOB`",
        ),
    ),
)


def find_remedy(name: str, log: Iterable[str]) -> Remedy | None:
    """``name`` holds words about the failed step, such as its title and its job's; ``log`` the end of its lines."""
    return _first(_BY_LOG, "\n".join(log)) or _first(_BY_NAME, name)


def _first(known: Iterable[tuple[str, Remedy]], text: str) -> Remedy | None:
    return next((remedy for pattern, remedy in known if re.search(pattern, text, re.IGNORECASE)), None)
