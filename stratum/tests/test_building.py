"""The wheel: compiled where a compiler is, the same bytes each time, and Python alone where none is."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

MEMBER = Path(__file__).parents[1]
UV = MEMBER.parent / ".tools/bin/uv"
FEW = ("loka_stratum/limits/bucket.py", "loka_stratum/protocol/plain.py")
PROGRAM = """
from loka_stratum.form import FORM
from loka_stratum.protocol import plain
print(FORM, plain.plain_acceptance(b'{"id":7,"result":true,"error":null}'), plain.__file__.rpartition(".")[2])
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not UV.exists(), reason="needs uv, which `make setup` brings"),
]


def built(folder: Path, modules: Sequence[str] = (), **environment: str) -> Path:
    """A wheel of a copy in a folder of its own, as a release is built, or with these modules alone compiled."""
    source = folder / "source"
    shutil.copytree(MEMBER, source, ignore=shutil.ignore_patterns("*.so", "build", "dist", "tests"))
    if modules:
        project = source / "pyproject.toml"
        text = re.sub(
            r"\nmodules = \[.*?\n\]", f"\nmodules = {json.dumps(modules)}", project.read_text(), flags=re.DOTALL
        )
        project.write_text(text)
    fixed = {"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": "0", "CFLAGS": f"-ffile-prefix-map={source}=."}
    command = [
        str(UV),
        "build",
        "--quiet",
        "--wheel",
        "--python",
        sys.executable,
        "--out-dir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, env=os.environ | fixed | environment, timeout=600)
    (wheel,) = folder.glob("*.whl")
    return wheel


def asked(wheel: Path) -> str:
    """What the wheel's package says of itself."""
    target = wheel.with_name("target")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(target)!r})\n{PROGRAM}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_without_a_compiler_the_proxy_is_interpreted(tmp_path: Path) -> None:
    wheel = built(tmp_path, CC="/bin/false")
    assert wheel.name.endswith("-py3-none-any.whl")
    assert asked(wheel) == "interpreted 7 py"


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="needs a C compiler")
@pytest.mark.parametrize("modules", [FEW, pytest.param((), marks=pytest.mark.long)], ids=["few", "all"])
def test_with_a_compiler_it_is_compiled_to_the_same_bytes_each_time(modules: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = built(tmp_path / "first", modules), built(tmp_path / "second", modules)
    assert asked(first) == "compiled 7 so"
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
