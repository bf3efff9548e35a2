"""``sluice eval``: expressions for outsiders, one or many."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from sluice.source.errors import UsageError

_GIVE_CONTEXTS = """\
  hint: contexts are empty here: --contexts FILE gives them, such as {"github": {"ref": "refs/heads/main"}}; of a run
  `sluice explain` shows them"""


@click.command("eval", short_help="Evaluate an expression.")
@click.argument("expression", required=False)
@click.option("--contexts", type=click.Path(path_type=Path), help="A JSON file with the named contexts.")
@click.option("--batch", is_flag=True, help='Read {"expr", "contexts"} as JSON lines from standard input.')
def command(expression: str | None, contexts: Path | None, batch: bool) -> int:
    """Evaluate EXPRESSION (with or without ${{ }}) and print {"kind", "value"} or {"error": {"kind", "message"}}.

    \b
    sluice eval "startsWith('refs/tags/v1', 'refs/tags/')"
    sluice eval "github.ref == 'refs/heads/main'" --contexts contexts.json
    """
    if batch:
        return _answer_lines()
    if expression is None:
        raise UsageError("An expression is missing", hint='sluice eval "1 == 1", or --batch')
    answer = _answer({"expr": _bare(expression), "contexts": _contexts(contexts)})
    click.echo(_line(answer))
    if "Unrecognized named-value" in json.dumps(answer):
        click.echo(_GIVE_CONTEXTS, err=True)
    return 2 if "error" in answer else 0


def _bare(expression: str) -> str:
    """An expression as workflows have it comes without its braces."""
    text = expression.strip()
    whole = text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1
    return text[3:-2] if whole else expression


def _contexts(path: Path | None) -> object:
    if path is None:
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--contexts {path}: {error}") from error


def _answer_lines() -> int:
    """One answer a line, flushed, so that a program can ask and wait."""
    for line in sys.stdin.buffer:
        if line.strip():
            click.echo(_line(_answer(_case(line))))
    return 0


def _line(answer: dict[str, object]) -> bytes:
    """UTF-8 whatever the locale; half a surrogate pair, which UTF-8 can't hold, stays the JSON escape that it was."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _case(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _answer(case: object) -> dict[str, object]:
    from sluice.expressions.outside import evaluate_case

    return evaluate_case(case)
