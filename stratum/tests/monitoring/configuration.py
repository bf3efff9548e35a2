"""What the monitoring configuration says: rules, panels, and the names in their queries."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[3] / "monitoring"
PAGE = Path(__file__).with_name("proxy.prom")
"""What a proxy shows on /metrics/prometheus."""
RULES = sorted((FOLDER / "rules").glob("*.yml"))
DASHBOARDS = sorted((FOLDER / "grafana/dashboards").glob("*.json"))
_NAME = re.compile(r"(?<![\w:])stratum_[a-z0-9_]+")
_PART = re.compile(r"_(bucket|sum|count)$")


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of a dashboard and its queries."""

    dashboard: str
    title: str
    queries: tuple[str, ...]


def rules() -> list[dict[str, Any]]:
    """Every rule, in the order of the files."""
    groups = (group for path in RULES for group in yaml.safe_load(path.read_text())["groups"])
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """The rules that alert."""
    return [rule for rule in rules() if "alert" in rule]


def panels() -> Iterator[Panel]:
    """Every panel that asks something."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                yield Panel(path.stem, panel["title"], tuple(target["expr"] for target in panel["targets"]))


def as_asked(query: str) -> str:
    """A panel's query with Grafana's own variables filled in."""
    return query.replace("$__rate_interval", "10s").replace("$instance", ".*").replace("$user", ".*")


def names_in(query: str) -> set[str]:
    """The proxy's metrics that a query reads."""
    plain = re.sub(r'"[^"]*"', '""', query)
    return {_PART.sub("", name) for name in _NAME.findall(plain)}


def names_shown() -> dict[str, str]:
    """The metrics on a proxy's page, and their kinds."""
    kinds = (line.split() for line in PAGE.read_text().splitlines() if line.startswith("# TYPE "))
    return {name: kind for _, _, name, kind in kinds}
