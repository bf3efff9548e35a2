"""The package as it is installed: with a compiler, and without one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MEMBER = Path(__file__).parents[1]
UV = MEMBER.parent / ".tools/bin/uv"
PROGRAM = """
import loka_metrics
registry = loka_metrics.Registry()
registry.counter("a_total", "A.").inc(2)
registry.histogram("b", "B.", (1,)).observe(1)
print(loka_metrics.NATIVE, registry.render().splitlines()[2], registry.render().splitlines()[-1])
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not UV.exists(), reason="needs uv, which `make setup` brings"),
]


def installed(folder: Path, **environment: str) -> str:
    """Install a copy into a folder of its own and count with it."""
    source = folder / "source"
    shutil.copytree(MEMBER, source, ignore=shutil.ignore_patterns("*.so", "build", "*.egg-info", "tests"))
    target = folder / "target"
    command = [str(UV), "pip", "install", "--quiet", "--no-cache", "--no-deps", "--python", sys.executable]
    subprocess.run(
        [*command, "--target", str(target), str(source)], check=True, env=os.environ | environment, timeout=300
    )
    counted = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(target)!r})\n{PROGRAM}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return counted.stdout.strip()


def test_without_a_compiler_the_pure_twin_counts(tmp_path: Path) -> None:
    assert installed(tmp_path, CC="/bin/false") == "False a_total 2 b_count 1"


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="needs a C compiler")
def test_with_a_compiler_the_native_twin_counts(tmp_path: Path) -> None:
    assert installed(tmp_path) == "True a_total 2 b_count 1"
