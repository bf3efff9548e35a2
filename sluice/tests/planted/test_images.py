"""A defect is planted in the image, and the job of docker.yml that is there for it turns red, the others don't.

The jobs are run as they are, on the release image alone and with half the minutes of miners.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from containers import DEBIAN, running_engine
from planting import Plant, plant, results

from sluice.runners.container.engine import EngineError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.needs_root,
    pytest.mark.needs_git,
    pytest.mark.needs_docker,
]
WORKFLOW, DOCKERFILE = ".github/workflows/docker.yml", "stratum/Dockerfile"
DEBUG = "          - { name: debug, file: stratum/Dockerfile, target: debug, platforms: linux/amd64, suffix: -debug }\n"
SLIM = (
    "          - { name: slim, file: stratum/Dockerfile.slim, target: slim, platforms: linux/amd64, suffix: -slim }\n"
)
SPARED: list[Plant] = [
    (WORKFLOW, DEBUG, ""),
    (WORKFLOW, SLIM, ""),
    (WORKFLOW, "        variant: [release, debug, slim]\n", "        variant: [release]\n"),
    (WORKFLOW, "soak.sh loka-stratum:release 120", "soak.sh loka-stratum:release 60"),
]
LINT, IMAGE, LOOK, SOAK = "dockerfile-lint.1", "docker-variants.1", "image-analysis.1", "resource-test"
START, FIRST = "stratum/src/loka_stratum/cli/start_command.py", "from __future__ import annotations\n"
LEAK = """
import threading
import time

_KEPT = []


def _leak():
    while True:
        _KEPT.append(b"x" * 100_000)
        time.sleep(0.1)


threading.Thread(target=_leak, daemon=True).start()
"""
USER = "COPY --from=builder /opt/loka /opt/loka\nUSER 10001:10001\n"
CHECK = "HEALTHCHECK --interval=10s --timeout=6s --start-period=20s --retries=3 CMD"


@pytest.fixture
def renamed(planted: Path, tmp_path: Path) -> Iterator[Path]:
    """The copy; its image has a name of its own, as two of these tests at once share the engine."""
    engine = running_engine(DEBIAN, "python:3.13-slim-bookworm")
    name = f"planted-{tmp_path.parent.name}-{tmp_path.name}".lower().replace("_", "-")
    for file, old, new in SPARED:
        plant(planted, file, old, new)
    text = (planted / WORKFLOW).read_text(encoding="utf-8")
    (planted / WORKFLOW).write_text(text.replace("loka-stratum:", f"{name}:"), encoding="utf-8")
    yield planted
    with suppress(EngineError):
        engine.translated(lambda: engine.client.remove_image(f"{name}:release", force=True))


@pytest.mark.parametrize(
    ("plants", "jobs", "ends"),
    [
        pytest.param([], (LINT, LOOK, SOAK), {}, id="nothing"),
        pytest.param(
            [
                (DOCKERFILE, USER, USER.replace("USER 10001:10001\n", "")),
                (DOCKERFILE, "--mode=0750", "--mode=0777"),  # or it could not write there without capabilities
            ],
            (LINT, LOOK),
            {LOOK: "failure"},
            id="an image that runs as root",
        ),
        pytest.param(
            [(DOCKERFILE, f'{CHECK} ["loka-stratum", "health"]', f'{CHECK.replace("20s", "1s")} ["false"]')],
            (LINT, LOOK),
            {IMAGE: "failure", LOOK: "skipped"},
            id="a health check that never passes",
        ),
        pytest.param([(START, FIRST, FIRST + LEAK)], (SOAK,), {SOAK: "failure"}, id="a leak of 1 MB/s"),
    ],
)
def test_of_the_images_jobs_only_the_right_ones_turn_red(
    renamed: Path, home: Path, plants: list[Plant], jobs: tuple[str, ...], ends: dict[str, str]
) -> None:
    for name, old, new in plants:
        plant(renamed, name, old, new)
    found = results(renamed, home, "docker.yml", *jobs)
    found = {LOOK if job == "image-analysis" else job: end for job, end in found.items()}  # skipped, it has no legs
    assert found == {IMAGE: "success"} | dict.fromkeys(jobs, "success") | ends
