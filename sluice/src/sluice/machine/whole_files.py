"""Files and folders that appear whole: whoever looks at one meanwhile sees the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Put ``content`` at ``path``, readable by its owner only; ``durable`` survives a power cut. Raises ``OSError``."""
    partial = path.with_name(f".unfinished-{os.urandom(6).hex()}")  # a name may be as long as names can be
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if durable:
        _sync(path.parent)


def publish_folder(folder: Path, target: Path) -> None:
    """Have a folder at ``target``, unless another process was faster. Raises ``OSError``."""
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
