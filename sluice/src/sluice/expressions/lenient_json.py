"""JSON as GitHub reads it, which is more than JSON: strings in single quotes or with line breaks in them, names without
quotes, comments between values, a comma before a closing bracket (Newtonsoft's ``JsonTextReader`` takes them all, and
workflows of well-known projects have lists such as ``['3.13', '3.14']``). In: a text. Out: the same in strict JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<blank>\s+|/\*.*?\*/|//[^\r\n]*)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<sign>[{}\[\]:,])
      | (?P<word>[^\s{}\[\]:,"'/]+)""",
    re.DOTALL | re.VERBOSE,
)
_NAME = re.compile(r"[\w$]+")
_PIECE = re.compile(r"\\.|[\"\x00-\x1f]", re.DOTALL)


def strict_json(text: str) -> str:
    """The text in strict JSON; what is no JSON by any rule stays wrong, and is for the strict parser to refuse."""
    if text.lstrip().startswith("/"):
        return text
    tokens: list[str] = []
    for kind, piece in _tokens(text):
        if piece == ":" and len(tokens) > 1 and tokens[-2] in {"{", ","} and _NAME.fullmatch(tokens[-1]):
            tokens[-1] = json.dumps(tokens[-1])
        if piece in {"]", "}"} and len(tokens) > 1 and tokens[-1] == "," and tokens[-2] not in {"[", "{", ","}:
            tokens.pop()
        tokens.append(_quote(piece[1:-1]) if kind == "text" else piece)
    return " ".join(tokens)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token; a character that begins none is a word of its own."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        kind, token = (found.lastgroup or "word", found[0]) if found else ("word", text[position])
        position += len(token)
        if kind != "blank":
            yield kind, token


def _quote(body: str) -> str:
    return '"' + _PIECE.sub(lambda piece: _escape(piece[0]), body) + '"'


def _escape(piece: str) -> str:
    if piece == "\\'":
        return "'"
    return piece if piece.startswith("\\") else json.dumps(piece)[1:-1]
