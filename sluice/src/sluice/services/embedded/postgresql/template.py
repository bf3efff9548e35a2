"""Data folders that servers start from: each cluster is made once, and copied for every start.

In: a server's programs and the settings of a cluster. Out: a folder that holds it, never started itself. Clusters live
as long as a job, so nothing is forced to the disk: what is lost when the machine loses power would be gone anyway.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from sluice.services.embedded.folders import Folders, locked, own_place
from sluice.services.embedded.postgresql.installations import Installation
from sluice.services.embedded.postgresql.programs import run_program
from sluice.services.embedded.postgresql.settings import ClusterSettings
from sluice.services.embedded.spares import claim, trim
from sluice.services.errors import ServiceError
from sluice.source.errors import UnavailableError

FORMAT = 1
"""Part of a template's key: a change of what is written into one makes the older ones useless."""

_CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
dynamic_shared_memory_type = mmap
"""
_MADE_AT_FIRST = {"postgres", "template0", "template1"}


def template(folders: Folders, installation: Installation, settings: ClusterSettings) -> Path:
    """The cluster for these settings, made if it isn't there. Raises ``ServiceError`` when that fails."""
    key = json.dumps([FORMAT, installation.name, asdict(settings)], sort_keys=True)
    name = f"{installation.name}-{hashlib.sha256(key.encode()).hexdigest()[:20]}"
    target = folders.templates / name
    claim(folders, target)
    if _is_whole(target):
        return target
    trim(folders)
    with locked(folders.locks / name):
        if not _is_whole(target):
            _make(folders, installation, settings, target)
    return target


def _is_whole(target: Path) -> bool:
    """A cluster's control file is written last, and nothing here is changed later; a damaged one lacks it."""
    return (target / "global/pg_control").is_file() and (target / "postgresql.conf").is_file()


def _make(folders: Folders, installation: Installation, settings: ClusterSettings, target: Path) -> None:
    place = own_place(folders.root, f".making-{target.name}@")
    place.chmod(0o711)
    try:
        cluster = place / "cluster"
        cluster.mkdir(mode=0o700)
        folders.give(cluster)
        _initialize(folders, installation, settings, cluster)
        _write(cluster / "pg_hba.conf", _access(settings.host_method(installation.version.major)))
        _write(cluster / "postgresql.conf", _CONFIGURATION, mode="a")
        _create_database(folders, installation, settings.database, cluster)
        shutil.rmtree(target, ignore_errors=True)
        cluster.rename(target)
    except OSError as error:
        raise UnavailableError(f"A new cluster can't be kept in {folders.root}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _initialize(folders: Folders, installation: Installation, settings: ClusterSettings, cluster: Path) -> None:
    command = [
        str(installation.binaries / "initdb"),
        *("--no-sync", "--auth=trust", f"--username={settings.user}", f"--pgdata={cluster}"),
    ]
    password = cluster.parent / "password"
    if settings.password:
        password.touch(mode=0o600)
        password.write_text(settings.password + "\n", encoding="utf-8")
        folders.give(password)
        command.append(f"--pwfile={password}")
    environment = {"LC_ALL": settings.locale, "TZ": settings.time_zone, "PATH": os.defpath}
    run_program([*command, *settings.arguments], environment=environment, folder=cluster, identity=folders.identity)


def _access(method: str) -> str:
    """``pg_hba.conf``: clients of the service's own container are let in, those from outside prove who they are."""
    return f"local all all trust\nlocal replication all trust\nhost all all all {method}\n"


def _write(file: Path, text: str, mode: str = "w") -> None:
    with file.open(mode, encoding="utf-8") as stream:  # not replaced: it keeps its owner
        stream.write(text)


def _create_database(folders: Folders, installation: Installation, name: str, cluster: Path) -> None:
    if name in _MADE_AT_FIRST:
        return
    quoted = name.replace('"', '""')
    printed = run_program(
        [str(installation.binaries / "postgres"), "--single", "-D", str(cluster), "postgres"],
        environment={"PATH": os.defpath},
        folder=cluster,
        identity=folders.identity,
        text=f'CREATE DATABASE "{quoted}"\n',
    )
    errors = [line for line in printed.splitlines() if "ERROR:" in line or "FATAL:" in line]
    if errors:
        raise ServiceError(f"The database '{name}' can't be created", tried=errors)
