"""GitHub's published OpenAPI description, against which requests and responses are checked. Kept in a cache folder."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT4

PACKAGE = "@octokit/openapi@23.0.2"
_REFUSALS = (401, 403, 404, 422)
_MEMBER = "package/generated/api.github.com.json"
_REST = {"{ref}": "(.+)", "{tag}": "(.+)", "{path}": "(.*)"}
"""Variables that take slashes, too."""
_BASE = "https://description.test/"


@functools.cache
def description() -> Description:
    """The description; skips where it can't be had."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sluice-tests"
    file = home / f"{PACKAGE.replace('/', '-')}-plain.json"
    if not file.is_file():
        _fetch(file)
    return Description(json.loads(file.read_bytes()))


def _fetch(file: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("GitHub's description comes from the npm registry, and npm is not installed")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as place:
        try:
            subprocess.run([npm, "pack", PACKAGE], cwd=place, capture_output=True, check=True, timeout=180)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{PACKAGE} can't be had from the npm registry: {type(error).__name__}")
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as opened:
            member = opened.extractfile(_MEMBER)
            assert member is not None
            (Path(place) / "found").write_text(json.dumps(_plainly(json.load(member))), encoding="utf-8")
        (Path(place) / "found").replace(file)


class Description:
    """``check`` tells what of an exchange is not as described."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._registry: Registry[Any] = Registry().with_resource(_BASE, DRAFT4.create_resource(document))
        self._paths = [(path.partition("{")[0], path) for path in document["paths"]]

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The described path and operation; the one with the fewest variables wins."""
        alike = [described for beginning, described in self._paths if path.startswith(beginning)]
        fitting = [described for described in alike if _pattern(described).fullmatch(path)]
        for described in sorted(fitting, key=lambda text: (text.count("{"), -len(text))):
            found = self._document["paths"][described].get(method.lower())
            if found is not None:
                return described, found
        return None

    def check(
        self, method: str, target: tuple[str, dict[str, str]], sent: object, got: tuple[int, object]
    ) -> list[str]:
        """Every difference of a request (path and query, JSON body) and its answer (status, JSON body)."""
        path, query = target
        found = self.operation(method, path)
        if found is None:
            return [f"GitHub has no {method} {path}"]
        described, operation = found
        place = ("paths", described, method.lower())
        problems = self._query(operation, query)
        body = self._follow(operation.get("requestBody", {})).get("content", {})
        if isinstance(sent, dict) and "application/json" in body:
            problems += self._differences(sent, (*place, "requestBody", "content", "application/json", "schema"))
        elif isinstance(sent, dict) and sent and not body:
            problems.append("a body was sent and none is described")
        status, answer = got
        answers = operation["responses"]
        if status in _REFUSALS and str(status) not in answers:
            return problems  # they are described in general, at docs.github.com
        if str(status) not in answers:
            return [*problems, f"status {status} is not among {sorted(answers)}"]
        response = self._follow(answers[str(status)])
        if "application/json" in response.get("content", {}):
            schema = response["content"]["application/json"]["schema"]
            if status >= 400:  # one of its schemas wants nothing, so that each answer is of two
                schema = {"anyOf": schema["oneOf"]} if "oneOf" in schema else schema
            problems += self._against(answer, schema)
        elif answer is not None:
            problems.append(f"{status} has a body and none is described")
        return [f"{method} {path}: {one}" for one in problems]

    def _query(self, operation: dict[str, Any], query: dict[str, str]) -> list[str]:
        known = {self._follow(one)["name"] for one in operation.get("parameters", [])}
        return [f"the query '{name}' is not described" for name in query if name not in known]

    def _differences(self, value: object, place: tuple[str, ...]) -> list[str]:
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        return self._against(value, {"$ref": f"{_BASE}#/{pointer}"}, ready=True)

    def _against(self, value: object, schema: dict[str, Any], *, ready: bool = False) -> list[str]:
        from openapi_schema_validator import OAS30Validator  # noqa: PLC0415 - takes two seconds to load

        wanted = schema if ready else _absolute(schema)
        found = OAS30Validator(wanted, registry=self._registry).iter_errors(value)
        return [f"{'.'.join(map(str, one.absolute_path))}: {one.message[:300]}" for one in found]

    def _follow(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = cast("dict[str, Any]", found)
        return node


def _absolute(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema with its references told from the description's own place. Which of several schemas an answer has is
    found by all of them: a ``discriminator`` maps to places, and knows none for a list.
    """
    match schema:
        case dict():
            return {
                key: f"{_BASE}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
                for key, value in schema.items()
                if key != "discriminator"
            }
        case list():
            return [_absolute(one) for one in schema]
        case _:
            return schema


def _plainly(node: Any) -> Any:  # noqa: ANN401 - JSON
    """``nullable`` as the validator reads it: ``null`` among an enumeration, or beside other schemas."""
    match node:
        case list():
            return [_plainly(one) for one in node]
        case {"nullable": True, "enum": list(values), **rest} if None not in values:
            return {**_plainly(rest), "nullable": True, "enum": [*values, None]}
        case {"nullable": True, "anyOf": list(parts), **rest} | {"nullable": True, "oneOf": list(parts), **rest}:
            return {**_plainly(rest), "anyOf": [{"enum": [None], "nullable": True}, *_plainly(parts)]}
        case {"nullable": True, "allOf": list(parts), **rest}:
            return {**_plainly(rest), "anyOf": [{"enum": [None], "nullable": True}, {"allOf": _plainly(parts)}]}
        case dict():
            return {key: _plainly(value) for key, value in node.items()}
        case _:
            return node


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile(
        "".join(_REST.get(part, "([^/]+)") if part.startswith("{") else re.escape(part) for part in parts)
    )
