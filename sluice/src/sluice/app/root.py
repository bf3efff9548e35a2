"""The project that a command is about: the repository around the working folder."""

from __future__ import annotations

from pathlib import Path

from sluice.app.settings import FILE
from sluice.source.errors import UsageError

WORKFLOWS = Path(".github/workflows")


def project_root() -> Path:
    """The root of the project around the working folder. Raises ``UsageError`` where there is none."""
    return find_root(Path.cwd())


def project_root_if_any() -> Path | None:
    """The root of the project around the working folder, for commands that are of use outside of one, too."""
    try:
        return project_root()
    except UsageError:
        return None


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` with a ``.git``, a ``.github/workflows`` or a ``sluice.toml``.

    Raises ``UsageError`` where there is none, and in a bare repository.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists() or (folder / WORKFLOWS).is_dir() or (folder / FILE).is_file():
            return folder
    if (start / "HEAD").is_file() and (start / "objects").is_dir():
        raise UsageError(f"{start} is a bare repository: there is no working tree", hint="go to a clone of it")
    raise UsageError(
        f"No repository at or above {start}", hint="go to a folder with a .git or a .github/workflows in it"
    )
