"""Compiles the modules that a share goes through, by mypyc, into a wheel; their Python is in it as well.

It happens in a process of its own, all or nothing: where mypyc or a C compiler is missing, the wheel is made of the
Python alone and the proxy runs it interpreted. An editable installation is never compiled: what is edited is what
runs. Which modules it is stands in pyproject.toml, at the hook's ``modules``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GROUP = "loka_stratum.compiled"
TYPES = ("--config-file=", "--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent")
"""mypy's options: what it knows of types, and so the code, must not depend on what is installed."""


class CompilingHook(BuildHookInterface[Any]):
    """What hatchling calls for each build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled modules, if they can be had."""
        self._folder = Path(tempfile.mkdtemp(prefix="loka-stratum-"))
        if version == "editable":
            return
        source = Path(self.root, "src")
        command = [sys.executable, __file__, str(self._folder), *self.config["modules"]]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        if done.returncode:
            self.app.display_warning(
                f"Not compiled, the proxy will run interpreted:\n{(done.stdout + done.stderr)[-2000:]}"
            )
            return
        made = self._folder / "made"
        build_data["force_include"].update(
            {str(path): str(path.relative_to(made)) for path in sorted(made.rglob("*")) if path.is_file()}
        )
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 (hatchling's)
        """Leave nothing behind."""
        shutil.rmtree(self._folder, ignore_errors=True)


def compile_modules(folder: Path, modules: list[str]) -> None:
    """Compile modules, whose paths begin in the working folder, into ``folder/made``. Ends the process if it fails."""
    from mypyc.build import mypycify  # noqa: PLC0415 (it may be missing)
    from setuptools import Distribution  # noqa: PLC0415

    extensions = mypycify(
        [*TYPES, *modules], group_name=GROUP, opt_level="2", debug_level="0", target_dir=str(folder / "generated")
    )
    for extension in extensions:
        extension.extra_compile_args.append("-DNDEBUG")  # CFLAGS of the caller's take its place; assertions name paths
    command = Distribution({"name": "loka-stratum", "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder / "made"), str(folder / "objects")
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    compile_modules(Path(sys.argv[1]), sys.argv[2:])
