"""How a large SARIF file is read: memory against the file's size, throughput against ``json.loads`` in the same run.

``python benches/evidence.py [MEGABYTES]`` writes a made-up SARIF log of that size (200), reads it by ``read_report``
and by ``json.loads``, each in a process of its own, in turn, three times, and prints the figures as JSON. It exits 1
where the memory or the time is past the bound that is printed beside it.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 16
RULES = 200
ROUNDS = 3
MOST_MEMORY = 0.25  # of the file's size, beyond what the interpreter has with everything imported
MOST_TIME = 5.0  # times what json.loads takes


def write_sarif(path: Path, megabytes: int) -> int:
    """A log with results of some 700 bytes, as code scanners write them; the number of its results."""
    rules = [
        {"id": f"py/rule-{n}", "properties": {"security-severity": f"{n % 10}.5"}, "help": {"text": "words " * 50}}
        for n in range(RULES)
    ]
    tool = json.dumps({"driver": {"name": "CodeQL", "rules": rules}})
    count = 0
    with path.open("w", encoding="ascii") as file:
        file.write(f'{{"version":"2.1.0","runs":[{{"tool":{tool},"results":[')
        while file.tell() < megabytes * 1_000_000:
            batch = [json.dumps(result(number)) for number in range(count, count + 1000)]
            file.write(("," if count else "") + ",".join(batch))
            count += len(batch)
        file.write("]}]}")
    return count


def result(number: int) -> dict[str, object]:
    """One result, with the parts that are read and some that are not."""
    place = {
        "artifactLocation": {"uri": f"src/part{number % 97}/module{number % 1009}.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": number % 2000 + 1, "startColumn": 5, "endColumn": 40},
    }
    return {
        "ruleId": f"py/rule-{number % RULES}",
        "ruleIndex": number % RULES,
        "message": {"text": f"The value of 'x{number}' may be read before it is set here."},
        "locations": [{"physicalLocation": place}],
        "codeFlows": [{"threadFlows": [{"locations": [{"location": {"physicalLocation": place}}]}]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{number:016x}:1"},
    }


def read_by_sluice(path: Path) -> int:
    """The number of findings that stand for the file's results."""
    from sluice.evidence.reading import read_report  # noqa: PLC0415 - only one of the two processes pays for it

    with path.open("rb") as file:
        evidence = read_report(iter(lambda: file.read(CHUNK), b""), source=path.name)
    assert not evidence.problems, evidence.problems
    return len(evidence.findings)


def read_by_json(path: Path) -> int:
    """The number of results in the file, all of it in memory."""
    return len(json.loads(path.read_bytes())["runs"][0]["results"])


READERS = {"sluice": read_by_sluice, "json": read_by_json}


def measure_here(reader: str, path: Path) -> None:
    """Read the file in this process and print what it took."""
    small = path.with_name("small.sarif")
    READERS[reader](small)  # everything is imported and warm
    before = peak()
    started = time.perf_counter()
    findings = READERS[reader](path)
    figures = {"seconds": time.perf_counter() - started, "bytes": peak() - before, "findings": findings}
    sys.stdout.write(json.dumps(figures))


def peak() -> int:
    """The largest memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(reader: str, path: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--in-process", reader, str(path)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def rounds(path: Path) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Both readers in turn, so that a machine that slows down slows both."""
    for number in range(ROUNDS):
        order = ("sluice", "json") if number % 2 == 0 else ("json", "sluice")
        found = {reader: measure(reader, path) for reader in order}
        yield found["sluice"], found["json"]


def main(megabytes: int) -> int:
    """Write, read, compare, print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.sarif"
        write_sarif(path.with_name("small.sarif"), 1)
        results = write_sarif(path, megabytes)
        size = path.stat().st_size
        pairs = list(rounds(path))
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    figures = {
        "file_bytes": size,
        "results": results,
        "findings": ours[0]["findings"],
        "seconds": statistics.median(one["seconds"] for one in ours),
        "memory_of_file_size": max(one["bytes"] for one in ours) / size,
        "memory_bound": MOST_MEMORY,
        "json_memory_of_file_size": max(one["bytes"] for one in theirs) / size,
        "time_of_json_loads": statistics.median(a["seconds"] / b["seconds"] for a, b in pairs),
        "time_bound": MOST_TIME,
    }
    print(json.dumps(figures, indent=2))
    return int(figures["memory_of_file_size"] > MOST_MEMORY or figures["time_of_json_loads"] > MOST_TIME)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in-process"]:
        measure_here(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
