"""Random expressions, answered by Sluice and by GitHub's own TypeScript engine: both must say the same.

``SLUICE_FUZZ`` is how many are compared (500 unless told), ``SLUICE_FUZZ_SEED`` where to start. Where the TypeScript
engine differs from the service and the runner, Sluice follows those; each such difference stands in
``KNOWN_DIFFERENCES``, with the answers of both, and the generator keeps away from it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from npm_package import package_folder

from sluice.expressions.outside import evaluate_case

pytestmark = pytest.mark.needs_node

PACKAGE = "@actions/expressions@0.3.61"
COUNT = int(os.environ.get("SLUICE_FUZZ", "500"))
SEED = int(os.environ.get("SLUICE_FUZZ_SEED", "20240229"))
BATCH = 20_000

Case = dict[str, Any]
Answer = dict[str, Any]

KNOWN_DIFFERENCES: list[tuple[str, Case, object, object]] = [
    ("it undoubles only the first quote of a string", {"expr": "'a''b''c'"}, "a'b'c", "a'b''c"),
    ("it prints 15 decimals where GitHub prints 15 digits", {"expr": "format('{0}', 1000.12345678901234)"},
     "1000.12345678901", "1000.1234567890124"),
    ("it prints large numbers as JavaScript does", {"expr": "format('{0}', 1e15)"}, "1E+15", "1000000000000000"),
    ("it loses numbers below its 15 decimals", {"expr": "format('{0}', 1e-20)"}, "1E-20", "0"),
    ("its JSON has all digits of a number", {"expr": "toJSON(1000.12345678901234)"},
     "1000.12345678901", "1000.1234567890124"),
    ("its JSON has small numbers as JavaScript does", {"expr": "toJSON(1.25e-12)"}, "1.25E-12", "1.25e-12"),
    ("it reads JavaScript's binary numbers", {"expr": "'0b1' == 1"}, False, True),
    ("it reads an upper-case prefix", {"expr": "'0X1' == 1"}, False, True),
    ("it reads more than 32 bits of hexadecimal", {"expr": "0xFFFFFFFF"}, -1, 4294967295),
    ("it takes a comma before a parenthesis", {"expr": "join('a',)"}, "parsing", "a"),
    ("it evaluates arguments that aren't needed", {"expr": "case(true, 1, fromJSON(''))"}, 1, "evaluation"),
    ("it counts no levels for comparisons", {"expr": "1" + " == 1" * 50}, "parsing", True),
    ("it counts parentheses as levels", {"expr": "(" * 51 + "1" + ")" * 51}, 1, "parsing"),
    ("it counts a chain in parentheses as a level", {"expr": "(1 || " * 30 + "1" + ")" * 30}, 1, "parsing"),
    ("it maps one letter to two", {"expr": "'ß' == 'SS'"}, False, True),
    ("it searches in lower case", {"expr": "contains('Σ', 'ς')"}, True, False),
    ("it reads all of a text before it looks at names", {"expr": "nothing @"}, "parsing", "lexing"),
    ("it takes only four characters for white space", {"expr": "1\u00a0== 1"}, True, "lexing"),
    ("it ignores format specifiers", {"expr": "format('{0:x}', 'a')"}, "evaluation", "a"),
    ("it escapes fewer characters in JSON", {"expr": "toJSON(a)", "contexts": {"a": "\u2028"}},
     '"\\u2028"', '"\u2028"'),
    ("it reads strict JSON alone", {"expr": "fromJSON('[''a'', ]')[0]"}, "a", "evaluation"),
    ("its JSON has no NaN and no infinities", {"expr": "toJSON(-Infinity)"}, "-Infinity", "null"),
    ("its objects put whole numbers first", {"expr": "join(a.*)", "contexts": {"a": {"b": 1, "0": 2}}}, "1,2", "2,1"),
    ("it has no limit of memory", {"expr": "format('{0}{0}{0}{0}{0}{0}', a) == ''", "contexts": {"a": "x" * 200_000}},
     "evaluation", False),
    ("its objects have JavaScript's own properties", {"expr": "a.constructor", "contexts": {"a": {"constructor": 1}}},
     1, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> Callable[[list[Case]], list[Answer]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not on this machine")
    folder = package_folder(npm, PACKAGE)
    script = Path(__file__).with_name("reference_engine.mjs")

    def ask(cases: list[Case]) -> list[Answer]:
        lines = "".join(json.dumps(case) + "\n" for case in cases)
        done = subprocess.run(
            [node, str(script), str(folder)], input=lines, capture_output=True, text=True, check=True, timeout=600
        )
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    return ask


class _Generator:
    """Expressions and contexts, always the same for the same seed."""

    NAMES = ("github", "env", "Needs", "matrix", "inputs")
    KEYS = ("a", "b", "name", "Ref", "os-1", "_x", "1.5", "null", "A B")
    TEXTS = ("", "a", "A", "abc", "ABC d", " 1 ", "1", "0", "-1.5", "true", "NaN", "Infinity", "0x1f", "0o17", "1e2",
             "refs/heads/main", "it's", "é", "É", "{0}", "x{1}y{0}", "{{}}", "{",
             "[1, 2, {\"a\": null}]", "{\"A\": [\"x\"]}", "null", "\"q\"", "a,b", "\\", "line\nbreak",
             "\t")  # fmt: skip
    NUMBERS = ("0", "1", "-1", "2", "0.5", "-.5", "+3", "1e3", "1.25e-2", "0xff", "0o10", "123456.789", "-0", "NaN",
               "Infinity", "-Infinity", "99999999999")  # fmt: skip
    JSON_NUMBERS = (0, 1, -1, 2, 0.5, 12.25, 1000000, -3)
    OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "&&", "||")

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - cases, not secrets

    def case(self) -> Case:
        chosen = self.random.sample(self.NAMES, self.random.randint(0, len(self.NAMES)))
        contexts = {name: self.data(self.random.randint(0, 3)) for name in chosen}
        text = self.expression(self.random.randint(0, 5))
        if self.random.random() < 0.15:
            text = self.mutate(text)
        return {"expr": text, "contexts": contexts}

    def data(self, depth: int) -> Any:  # noqa: ANN401 - it is JSON of any kind
        choice = self.random.random()
        if depth <= 0 or choice < 0.2:
            return self.random.choice([None, True, False, *self.TEXTS, *self.JSON_NUMBERS])
        if choice < 0.5:
            return [self.data(depth - 1) for _ in range(self.random.randint(0, 4))]
        keys = self.random.sample(self.KEYS, self.random.randint(0, 5))
        return {key: self.data(depth - 1) for key in keys}

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf()
        makers = (self.leaf, self.access, self.negation, self.operation, self.operation, self.group, self.call)
        maker = self.random.choice(makers)
        return maker() if maker == self.leaf else maker(depth - 1)  # type: ignore[call-arg]  # a leaf has no depth

    def leaf(self) -> str:
        choice = self.random.random()
        if choice < 0.35:
            return self.quoted(self.random.choice(self.TEXTS))
        if choice < 0.6:
            return self.random.choice(self.NUMBERS)
        if choice < 0.75:
            return self.random.choice(("true", "false", "null"))
        return self.random.choice((*self.NAMES, "GITHUB", "unknown"))

    def quoted(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def access(self, depth: int) -> str:
        base = self.random.choice(self.NAMES)
        return base + "".join(self.step(depth) for _ in range(self.random.randint(1, 4)))

    def step(self, depth: int) -> str:
        choice = self.random.random()
        if choice < 0.4:
            return "." + self.random.choice(("a", "A", "b", "name", "ref", "os-1", "_x", "null", "format"))
        if choice < 0.6:
            return self.random.choice((".*", "[*]", " . *"))
        return f"[{self.expression(min(depth, 1))}]"

    def negation(self, depth: int) -> str:
        return "!" + self.expression(min(depth, 1))

    def group(self, depth: int) -> str:
        return f"({self.expression(depth)})"

    def operation(self, depth: int) -> str:
        blank = self.random.choice(("", " ", "  ", "\n", "\t"))
        operator = self.random.choice(self.OPERATORS)
        return f"{self.expression(depth)}{blank}{operator}{blank}{self.expression(depth - 1)}"

    def call(self, depth: int) -> str:
        name, least, most = self.random.choice(
            (("contains", 2, 2), ("startsWith", 2, 2), ("ENDSWITH", 2, 2), ("format", 1, 4), ("join", 1, 2),
             ("toJSON", 1, 1), ("fromJSON", 1, 1), ("case", 3, 5), ("nope", 0, 1))
        )  # fmt: skip
        count = self.random.randint(least, most) if self.random.random() < 0.97 else self.random.randint(0, 6)
        return f"{name}({', '.join(self.expression(depth - 1) for _ in range(count))})"

    def mutate(self, text: str) -> str:
        place = self.random.randint(0, len(text))
        scrap = self.random.choice(("", "", "'", "(", ")", "[", "]", ".", "*", "!", "=", "&", "1", "a", " ", "@", "-"))
        return text[:place] + scrap + text[place + self.random.randint(0, 2) :]


def _outcome(answer: Answer) -> object:
    """What is compared: kind and value, or which stage failed. Where a text is wrong twice, the stages may differ."""
    if "error" in answer:
        return "evaluation" if answer["error"]["kind"] == "evaluation" else "refused"
    return (answer["kind"], answer["value"])


def _avoids_the_known(case: Case, ours: Answer, theirs: Answer) -> bool:
    """Whether the pair is outside of the known differences that random text can't be kept away from."""
    text: str = case["expr"]
    squeezed = "".join(text.split())
    if ",)" in squeezed or "''" in text.replace("''", "", 1) or "[*" in squeezed.replace("[*]", ""):
        return False
    if re.search(r"\{\d+[^}\d]", text):
        return False
    if "tojson" in text.lower() and ("NaN" in text or "Infinity" in text):
        return False
    if re.search(r"\d\.?e[-+]?(\d{2}|[5-9])", text.lower()):  # as text, a number of another size is another one
        return False
    lazy = any(name in text.lower() for name in ("case", "format", "contains", "join", "["))
    return not (lazy and "error" in theirs and theirs["error"]["kind"] == "evaluation" and "error" not in ours)


@pytest.mark.slow
def test_random_expressions_have_the_same_answer(
    reference: Callable[[list[Case]], list[Answer]], record_property: Callable[[str, object], None]
) -> None:
    generator = _Generator(SEED)
    asked = compared = values = 0
    while compared < COUNT:
        cases = [generator.case() for _ in range(min(BATCH, COUNT - compared))]
        ours = [evaluate_case(case) for case in cases]
        theirs = reference(cases)
        triples = [triple for triple in zip(cases, ours, theirs, strict=True) if _avoids_the_known(*triple)]
        asked += len(cases)
        compared += len(triples)
        values += sum("kind" in mine for _, mine, _ in triples)
        different = [(case, mine, other) for case, mine, other in triples if _outcome(mine) != _outcome(other)]
        assert different[:5] == []
    record_property("checked", f"{compared} random expressions against {PACKAGE}, {values} of them with a value")
    assert compared > asked * 0.95
    assert values > compared * 0.4


@pytest.mark.slow
def test_every_known_difference_is_still_one(reference: Callable[[list[Case]], list[Answer]]) -> None:
    theirs = reference([case for _, case, _, _ in KNOWN_DIFFERENCES])
    found = [
        (reason, _short(evaluate_case(case)), _short(other))
        for (reason, case, _, _), other in zip(KNOWN_DIFFERENCES, theirs, strict=True)
    ]
    assert found == [(reason, ours, other) for reason, _, ours, other in KNOWN_DIFFERENCES]


def _short(answer: Answer) -> object:
    return answer["error"]["kind"] if "error" in answer else answer["value"]


def test_a_difference_is_noticed() -> None:
    right, wrong = {"kind": "Number", "value": 1}, {"kind": "String", "value": "1"}
    assert _outcome(right) != _outcome(wrong)
    assert _avoids_the_known({"expr": "1"}, right, wrong)
