"""``docker/metadata-action``: the event in, an image's tags and labels out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio

from sluice.actions.builtin.docker.metadata.occasion import Occasion
from sluice.actions.builtin.docker.metadata.outputs import (
    Described,
    Repository,
    as_json,
    bake_files,
    keyed,
    lines_of,
    tagged,
    usual_labels,
)
from sluice.actions.builtin.docker.metadata.rules import RuleError, read_flavor, read_images, read_rules
from sluice.actions.builtin.docker.metadata.tagging import Tagging
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.sources.git import Git
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.source.numbers import whole_number

_MANIFEST = """
name: Docker Metadata
inputs:
  context: {default: workflow}
  images: {}
  tags: {}
  flavor: {}
  labels: {}
  annotations: {}
  sep-tags: {}
  sep-labels: {}
  sep-annotations: {}
  bake-target: {}
  github-token: {required: true, default: "${{ github.token }}"}
outputs:
  version: {description: the tag of the first rule that gave one}
  tags: {description: every image with every tag}
  tag-names: {description: the tags alone}
  labels: {description: key=value by line}
  annotations: {description: level:key=value by line}
  json: {description: all of it}
  bake-file-tags: {description: a definition file}
  bake-file-labels: {description: a definition file}
  bake-file-annotations: {description: a definition file}
  bake-file: {description: a definition file}
runs: {using: node20, main: built-in}
"""
_LEFT_OUT: Mapping[str, str] = {"github-token": "the event says what there is to know of the repository"}


class Metadata(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/metadata-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Work the rules, write the outputs, the variables and the files."""
        tell_what_is_left_out(host, self)
        payload = await _payload(host)
        occasion = await _occasion(host, payload)
        try:
            tagging = Tagging(occasion, read_flavor(_rules(host, "flavor")), host.warning)
            tags = tagging.tags(read_rules(_rules(host, "tags")))
            images = tagging.image_names(read_images(_rules(host, "images")))
            written = {name: tagging.written(_rules(host, name)) for name in ("labels", "annotations")}
        except RuleError as error:
            raise ActionFailedError(str(error)) from error
        usual = usual_labels(_repository(payload), tags.version, occasion.sha, occasion.now)
        found = Described(
            version=tags.version,
            tags=tagged(images, tags.names),
            tag_names=tags.names,
            labels=keyed([*usual, *written["labels"]]),
            annotations=keyed([*usual, *written["annotations"]]),
        )
        _tell(host, found, occasion)
        await _hand_on(host, found, images)


async def _payload(host: ActionHost) -> dict[str, Any]:
    path = host.environment.get("GITHUB_EVENT_PATH")
    return json.loads(await anyio.Path(path).read_bytes()) if path else {}


def _repository(payload: Mapping[str, Any]) -> Repository:
    known: Mapping[str, Any] = payload.get("repository") or {}
    return Repository(
        name=known.get("name") or "",
        description=known.get("description") or "",
        address=known.get("html_url") or "",
        licence=(known.get("license") or {}).get("spdx_id") or "",
    )


async def _occasion(host: ActionHost, payload: Mapping[str, Any]) -> Occasion:
    environment = host.environment
    ref, sha = environment.get("GITHUB_REF", ""), environment.get("GITHUB_SHA", "")
    if host.inputs["context"] == "git":
        git = Git(host, host.workspace.paths.workspace)
        ref, sha = await git.output("rev-parse", "--symbolic-full-name", "HEAD"), await git.output("rev-parse", "HEAD")
    elif host.inputs["context"] != "workflow":
        raise ActionFailedError(f"Invalid context source: {host.inputs['context']} (expected workflow or git)")
    else:
        ref, sha = _of_pull(environment, payload, ref), _head_of_pull(environment, payload) or sha
    stamp = (payload.get("head_commit") or {}).get("timestamp")
    return Occasion(
        event=environment.get("GITHUB_EVENT_NAME", ""),
        ref=ref.strip(),
        sha=sha.strip(),
        default_branch=(payload.get("repository") or {}).get("default_branch") or "",
        base=_base(payload),
        now=datetime.now(UTC),
        committed=datetime.fromisoformat(stamp) if stamp else None,
        short=_short_length(environment),
    )


def _of_pull(environment: Mapping[str, str], payload: Mapping[str, Any], ref: str) -> str:
    """The pull request's own, where the event's is its base's."""
    if environment.get("GITHUB_EVENT_NAME") != "pull_request_target":
        return ref
    return f"refs/pull/{(payload.get('pull_request') or {}).get('number')}/merge"


def _head_of_pull(environment: Mapping[str, str], payload: Mapping[str, Any]) -> str:
    """The commit that a pull request asks to merge, where a variable asks for it instead of the merge."""
    if environment.get("DOCKER_METADATA_PR_HEAD_SHA", "").lower() != "true":
        return ""
    return str(((payload.get("pull_request") or {}).get("head") or {}).get("sha") or "")


def _base(payload: Mapping[str, Any]) -> str:
    given = payload.get("base_ref") or (payload.get("pull_request") or {}).get("base", {}).get("ref")
    return str(given or "").removeprefix("refs/heads/")


def _short_length(environment: Mapping[str, str]) -> int:
    given = environment.get("DOCKER_METADATA_SHORT_SHA_LENGTH") or "7"
    length = whole_number(given)
    if length is None:
        raise ActionFailedError(f"DOCKER_METADATA_SHORT_SHA_LENGTH is not a valid number: {given}")
    return length


def _rules(host: ActionHost, name: str) -> list[str]:
    """A list of which lines may be comments."""
    return [line for line in lines(host.inputs, name) if not line.startswith("#")]


def _tell(host: ActionHost, found: Described, occasion: Occasion) -> None:
    if not found.version:
        host.warning("No Docker image version has been generated. Check tags input.")
    elif not found.tags:
        host.warning("No Docker tag has been generated. Check tags input.")
    host.log(f"Docker image version: {found.version}")
    host.log("\n".join(["Docker tags:", *(f"  {tag}" for tag in found.tags)]))
    git_tag = occasion.part("tags") or ""
    if re.match(r"v\d", git_tag) and found.tags and git_tag not in found.tag_names:
        host.log(f"The Git tag {git_tag} makes no image tag of that name: whoever pulls takes {found.tag_names[0]}")


async def _hand_on(host: ActionHost, found: Described, images: Sequence[str]) -> None:
    levels = (host.environment.get("DOCKER_METADATA_ANNOTATIONS_LEVELS") or "manifest").split(",")
    document = as_json(found, levels)
    annotations = [str(line) for level in levels for line in lines_of(found.annotations, f"{level}:")]
    values = {
        "version": found.version,
        "tags": (host.inputs["sep-tags"] or "\n").join(found.tags),
        "tag-names": (host.inputs["sep-tags"] or "\n").join(found.tag_names),
        "labels": (host.inputs["sep-labels"] or "\n").join(lines_of(found.labels)),
        "annotations": (host.inputs["sep-annotations"] or "\n").join(annotations),
        "json": json.dumps(document),
    }
    target = host.inputs["bake-target"] or "docker-metadata-action"
    for name, content in bake_files(found, target, images, levels).items():
        values[name] = str(await _kept(host, name, content))
    for name, value in values.items():
        host.set_output(name, value)
        if host.environment.get("DOCKER_METADATA_SET_OUTPUT_ENV", "true") in {"false", "0", "no"}:
            continue
        host.set_environment(f"DOCKER_METADATA_OUTPUT_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}", value)


async def _kept(host: ActionHost, name: str, content: object) -> Path:
    folder = host.workspace.paths.temp / "docker-actions-toolkit"
    await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
    path = folder / f"docker-metadata-action-{name.replace('bake-file', 'bake')}.json"
    await anyio.Path(path).write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path
