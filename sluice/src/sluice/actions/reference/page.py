"""The page ``docs/reference/actions.md``: each built-in action beside the real one. In: both. Out: Markdown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources

from msgspec import Struct

from sluice.actions.builtin.majors import History, InputHistory, foreign_inputs, history_of
from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.protocol import BuiltinAction

_HEAD = """# Built-in actions

<!-- Made by `make docs` from the actions themselves and from sluice/src/sluice/actions/reference/real.toml. -->

Sluice serves these actions itself, whatever version a workflow names. `real` is what the action on GitHub takes and
gives, and which majors do, `here` what the built-in one does with it. A step gets the inputs and defaults of the major
that it names; a commit or a branch is taken for the newest one, and another major is warned of. An input without effect
is told in a notice when it is given.
`[actions] real = ["owner/name"]` in `sluice.toml` takes the real action instead.
"""


class RealAction(Struct, frozen=True, kw_only=True):
    """An action as GitHub publishes it: inputs with their defaults (``required`` for those without), names of outputs.

    ``here`` says what is different in general, ``differs`` for one input or output.
    """

    name: str
    here: str
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    differs: Mapping[str, str]


def real_actions() -> tuple[RealAction, ...]:
    """The facts that are known of the real ones."""
    text = resources.files(__package__).joinpath("real.toml").read_text(encoding="utf-8")
    return tuple(
        RealAction(
            name=name,
            here=facts.get("here", ""),
            inputs=facts["inputs"],
            outputs=tuple(facts["outputs"]),
            differs=facts.get("differs", {}),
        )
        for name, facts in tomllib.loads(text).items()
    )


def render() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(real, BUILTINS[real.name]()) for real in real_actions())])


def _section(real: RealAction, action: BuiltinAction) -> str:
    lines = [f"## {real.name}", "", f"Real: {_versions(history_of(real.name))}.", ""]
    if real.here:
        lines += [real.here, ""]
    lines += ["| input | real | here |", "| --- | --- | --- |", *_inputs(real, action), ""]
    if rows := list(_outputs(real, action)):
        lines += ["| output | real | here |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _versions(history: History) -> str:
    if not history.majors:
        return "its refs are no versions"
    told = _majors(history.majors)
    return f"{told}; GitHub.com refuses v{history.refused.until} and older" if history.refused else told


def _majors(text: str) -> str:
    """``3-`` as ``v3 and later``."""
    return " and ".join(map(_stretch, text.split(",")))


def _stretch(text: str) -> str:
    first, dash, last = text.partition("-")
    if not dash or first == last:
        return f"v{first}"
    if not last:
        return f"v{first} and later"
    return f"v{first} to v{last}" if first else f"until v{last}"


def _inputs(real: RealAction, action: BuiltinAction) -> Iterator[str]:
    changed = history_of(real.name).changed()
    for name in dict.fromkeys([*real.inputs, *action.manifest.inputs]):
        given = _shown(real.inputs[name]) if name in real.inputs else "none"
        since = _when(changed[name]) if name in changed else ""
        yield f"| `{name}` | {given}{since} | {_here(real, action, name)} |"
    for name, instead in foreign_inputs(real.name, action.manifest).items():
        here = f"the same as `{instead}`" if instead else "no effect: the built-in action has no such thing"
        yield f"| `{name}` | only {_majors(changed[name].majors)} | {here} |"


def _when(facts: InputHistory) -> str:
    told = "" if facts.majors == "-" else f"; {_majors(facts.majors)}"
    if facts.otherwise:
        told += f", `{facts.otherwise}` in others"
    return told + "".join(f"; v{major}: `{default}`" for major, default in facts.defaults.items())


def _shown(default: str) -> str:
    match default:
        case "":
            return "optional"
        case "required":
            return "required"
        case _:
            shown = default.strip().replace("|", "\\|").replace("\n", "`, `")
            return f"default `{shown}`"


def _here(real: RealAction, action: BuiltinAction, name: str) -> str:
    if name not in action.manifest.inputs:
        return "**missing**"
    if name in action.left_out:
        return f"no effect: {action.left_out[name]}"
    return real.differs.get(name, "the same")


def _outputs(real: RealAction, action: BuiltinAction) -> Iterator[str]:
    for name in dict.fromkeys([*real.outputs, *action.manifest.outputs]):
        given = "yes" if name in real.outputs else "set, though not in its manifest"
        here = real.differs.get(name, "the same") if name in action.manifest.outputs else "**missing**"
        yield f"| `{name}` | {given} | {here} |"
