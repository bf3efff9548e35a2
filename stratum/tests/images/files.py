"""The repository's image, compose and cluster files, as the tests read them."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DOCKERFILES = [ROOT / "stratum/Dockerfile", ROOT / "stratum/Dockerfile.slim", ROOT / "migration/Dockerfile"]
COMPOSE = ROOT / "docker-compose.yml"
OVERLAYS = [ROOT / "docker-compose.dev.yml", ROOT / "docker-compose.prod.yml"]
_PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;]+)", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([A-Z_]+)")


def load(path: Path) -> dict[str, Any]:
    """A YAML file."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def pins(path: Path) -> dict[str, str]:
    """The versions in a lock, by name."""
    return dict(_PIN.findall(path.read_text()))


def variables_read() -> set[str]:
    """What the compose files take from the environment."""
    return {name for path in (COMPOSE, *OVERLAYS) for name in _VARIABLE.findall(path.read_text())}


def variables_listed() -> set[str]:
    """What ``.env.example`` has."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
