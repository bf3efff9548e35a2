"""Interpreters that are not on the machine yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.actions.interpreters import fetch_interpreter, find_interpreters

PYTHON = "#!/bin/sh\\necho 3.14.99 cpython $0\\n"
UV = f"""#!/bin/sh
test "$*" = "python install --no-progress --color=never >=3.14,<4" || {{ echo "not this: $*" >&2; exit 2; }}
mkdir -p "$UV_PYTHON_INSTALL_DIR/cpython-3.14.99/bin"
printf '{PYTHON}' > "$UV_PYTHON_INSTALL_DIR/cpython-3.14.99/bin/python3"
chmod +x "$UV_PYTHON_INSTALL_DIR/cpython-3.14.99/bin/python3"
echo "Installed Python 3.14.99" >&2
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    program = tmp_path / "uv"
    program.write_text(UV, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    find_interpreters.cache_clear()
    yield str(program)
    find_interpreters.cache_clear()


@pytest.mark.slow
def test_uv_fetches_what_is_not_there(uv: str) -> None:
    found, said = fetch_interpreter(uv, ">=3.14 <4.x")
    assert found is not None
    assert (found.text, found.place, said) == ("3.14.99", "uv", "Installed Python 3.14.99")


@pytest.mark.slow
def test_what_uv_cant_fetch_is_told(uv: str) -> None:
    assert fetch_interpreter(uv, "4.2") == (None, "not this: python install --no-progress --color=never 4.2")
    found, said = fetch_interpreter("/nowhere/uv", "4.2")
    assert found is None
    assert said.startswith("uv can't fetch it: ")


@pytest.mark.slow
def test_those_of_the_pyenv_on_path_are_found_with_another_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "elsewhere/.pyenv"
    for name in ("libexec", "bin", "versions/3.14.98/bin"):
        (root / name).mkdir(parents=True)
    for name in ("libexec/pyenv", "versions/3.14.98/bin/python3"):
        (root / name).write_text("#!/bin/sh\necho 3.14.98 cpython $0\n", encoding="utf-8")
        (root / name).chmod(0o755)
    (root / "bin/pyenv").symlink_to("../libexec/pyenv")
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")
    find_interpreters.cache_clear()
    found = {(one.text, one.place) for one in find_interpreters()}
    find_interpreters.cache_clear()
    assert ("3.14.98", "pyenv") in found
