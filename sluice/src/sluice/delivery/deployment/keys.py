"""The tables of an environment in ``sluice.toml`` and what each key means, for the reader and the reference."""

from __future__ import annotations

from collections.abc import Mapping

TARGETS = ("process", "compose", "kubernetes")
KEYS: Mapping[str, Mapping[str, str]] = {
    "environment.NAME": {
        "reviewers": "who must approve a job of this environment or a `sluice deploy`; asked for on the terminal, or "
        "`--approve`",
        "wait-timer": "minutes to wait before a job of this environment or a deployment starts",
        "variables": "values of the `vars` context for its jobs; variables of what is deployed",
        "branches": "patterns of branches that may be deployed, as in a workflow's `branches`; any without rules",
        "tags": "patterns of tags that may be deployed; rules for branches alone admit no tag",
        "secrets": "names of secrets that only its jobs see, and what is deployed; no other secret reaches that",
        "url": "where the environment is to be found",
        "concurrency": 'what a second deployment does meanwhile: `"wait"` or `"refuse"`',
        "watch": "seconds to watch the new version before the old one is dropped; 10 otherwise",
        "process": "a table: the environment is processes of this machine",
        "compose": "a table: the environment is services of compose files",
        "kubernetes": "a table: the environment is a namespace of a cluster",
        "health": "a table: when it counts as healthy",
        "verify": "a table: what must pass before the switch",
    },
    "environment.NAME.process": {
        "start": "the command that runs, in the folder of the release; each port is `$PORT_NAME`",
        "packages": "members of the uv workspace to build as wheels and install; `.venv/bin` is in `PATH`",
        "locks": "requirements files with hashes that hold what the packages need",
        "build": "a command that makes the release ready, once for a commit",
        "before": "a command that runs once before the new version starts, such as migrations",
        "ports": 'names and the `PORT` or `"HOST:PORT"` that the outside connects to',
        "proxy-header": "names of ports at which the program is told with a PROXY header (version 2) who connects",
        "drain": "seconds that the old version has to end after SIGTERM; 30 otherwise",
    },
    "environment.NAME.compose": {
        "files": "compose files, the later ones over the earlier; `docker-compose.yml` otherwise",
        "project": "the project's name; the repository's and the environment's otherwise",
        "tag": "the variable that carries the version into the files; `TAG` otherwise",
        "build": "whether images are built here instead of pulled",
        "timeout": "seconds until its services must be healthy; 300 otherwise",
    },
    "environment.NAME.kubernetes": {
        "overlay": "the folder with a kustomization.yaml",
        "context": "the context of kubectl; the current one otherwise",
        "images": "images, by the name that the manifests have, which get the tag",
        "tag": "of the images: `$VERSION` is the version that is deployed, `$COMMIT` its commit, `$SHORT` seven "
        "characters of that; `$VERSION` otherwise",
        "timeout": "seconds that a roll-out may take; 300 otherwise",
    },
    "environment.NAME.health": {
        "url": "an address that answers 200 to 299; `$PORT_NAME` is the port of the version that is asked",
        "command": "a command that exits with 0, instead",
        "timeout": "seconds until it must be healthy; 60 otherwise",
        "interval": "seconds between two questions; 1 otherwise",
    },
    "environment.NAME.verify": {
        "command": "a command that exits with 0 when the new version does its work; `$PORT_NAME` are its ports",
        "workflow": "a workflow of the commit that passes, instead; the ports are its variables",
        "timeout": "seconds that it may take; 600 otherwise",
    },
}
"""What may stand in each table, and what it means."""
