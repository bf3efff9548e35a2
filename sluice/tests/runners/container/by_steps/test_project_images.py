"""Which names files of Compose give to what they build, and the file that gives the job's own."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.runners.container.by_steps.project_images import images_named, may_name_images, with_own_images

CONFIG: dict[str, Any] = {
    "services": {
        "web": {"image": "app:1", "build": {"context": ".", "tags": ["app:2"]}},
        "worker": {"image": "app:1"},
        "job": {"build": {"context": ".", "tags": ["job"]}},
        "there": {"image": "there", "build": {"context": "."}, "pull_policy": "always"},
        "db": {"image": "postgres"},
    }
}


def test_each_name_is_known_with_the_image_of_its_service() -> None:
    assert images_named(CONFIG, "shop-1f") == {"app:1": "app:1", "app:2": "app:1", "job": "shop-1f-job"}
    assert images_named({}, "shop-1f") == {}


def test_whatever_has_a_built_image_has_it_by_the_jobs_name() -> None:
    own = {"web": {"image": "app:1-1f"}, "worker": {"ports": [], "image": "app:1-1f"}}
    assert with_own_images({"services": {"worker": {"ports": []}}}, CONFIG, {"app:1": "app:1-1f"}) == {"services": own}
    assert with_own_images({}, CONFIG, {}) == {}


@pytest.mark.parametrize(
    ("command", "text", "asked"),
    [
        ("up", "services:\n  web:\n    build: .\n", True),
        ("build", "services: {web: {build: .}}", True),
        ("run", "include: [x]", True),
        ("up", "services:\n  web:\n    image: x\n", False),
        ("ps", "services:\n  web:\n    build: .\n", False),
    ],
)
def test_compose_is_asked_only_where_files_may_build(command: str, text: str, *, asked: bool) -> None:
    assert may_name_images([command], [text]) is asked
