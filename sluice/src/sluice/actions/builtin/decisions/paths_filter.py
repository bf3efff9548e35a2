"""``dorny/paths-filter``: which of the named filters the changed files fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.decisions.changed_files import changed_files
from sluice.actions.builtin.decisions.path_filters import FiltersError, choose, read_filters
from sluice.actions.builtin.decisions.path_lists import FORMS
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: Paths Changes Filter
inputs:
  token: {default: "${{ github.token }}"}
  working-directory: {}
  ref: {}
  base: {}
  filters: {required: true}
  list-files: {default: none}
  initial-fetch-depth: {default: "100"}
  predicate-quantifier: {default: some}
outputs:
  changes: {description: the filters that fit, as JSON}
runs: {using: node20, main: built-in}
"""


class PathsFilter(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "dorny/paths-filter")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "token": "what a pull request changes is read from the repository on this machine",
            "initial-fetch-depth": "what is missing comes from this machine, whole",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """For each filter whether it fits, by how many files and by which."""
        tell_what_is_left_out(host, self)
        write = FORMS[_one_of(host, "list-files", FORMS)]
        every = _one_of(host, "predicate-quantifier", ("every", "some")) == "every"
        folder = host.workspace.paths.workspace / host.inputs["working-directory"]
        try:
            filters = read_filters(_filters(host, folder))
        except FiltersError as error:
            raise ActionFailedError(str(error)) from error
        changes = await changed_files(host, folder)
        host.log(f"Detected {len(changes)} changed files")
        found = choose(filters, changes, every=every)
        for name, files in found.items():
            host.log(f"Filter {name} = {str(bool(files)).lower()}: {', '.join(files) or 'no file'}")
            host.set_output(name, str(bool(files)).lower())
            host.set_output(f"{name}_count", str(len(files)))
            if host.inputs["list-files"].lower() not in {"", "none"}:
                host.set_output(f"{name}_files", write(files))
        if "changes" not in found:
            host.set_output("changes", FORMS["json"]([name for name, files in found.items() if files]))


def _one_of(host: ActionHost, name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    given = host.inputs[name] or ("none" if name == "list-files" else "some")
    value = given.lower() if name == "list-files" else given
    if value not in known:
        raise ActionFailedError(
            f"Input parameter '{name}' is set to invalid value '{given}'. Valid values: {', '.join(known)}"
        )
    return value


def _filters(host: ActionHost, folder: Path) -> str:
    """YAML as it stands, or of the file that is named."""
    given = host.inputs["filters"]
    if not given.strip():
        raise ActionFailedError("Input required and not supplied: filters")
    if "\n" in given or ":" in given:
        return given
    if not (folder / given).is_file():
        raise ActionFailedError(f"Configuration file '{given}' not found")
    return text_of(host, str(folder / given))
