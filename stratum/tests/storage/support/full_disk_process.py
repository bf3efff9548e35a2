"""A process that keeps shares, fills the disk, keeps what the pool said of them, and is killed. Its parent then counts.

Usage: python full_disk_process.py FOLDER COUNT, where FOLDER is on a small file system. Prints whether a new one was
refused meanwhile, and how many shares have their answer in the journal.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

from shares_at_hand import answer, share

from loka_stratum.shares import LedgerFullError
from loka_stratum.storage.generations import begin, claim_dead
from loka_stratum.storage.source import Source
from loka_stratum.storage.store import open_ledger


def keep_and_die(folder: Path, count: int) -> None:
    ledger = open_ledger(begin(folder), segment_bytes=1 << 20, most_bytes=1 << 30, most_outstanding=1000)
    shares = [share(number) for number in range(count)]
    for one in shares:
        ledger.submitted(one)
    with contextlib.suppress(OSError), (folder / "filling").open("wb", 0) as file:
        while True:
            file.write(bytes(512))
    for one in shares[: count // 2]:
        ledger.answered(answer(one))
    refused = False
    try:
        ledger.submitted(share(count))
    except LedgerFullError:
        refused = True
    for one in shares[count // 2 :]:
        ledger.answered(answer(one))
    print("refused" if refused else "taken", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def answered(folder: Path) -> int:
    (dead,) = claim_dead(folder)
    source, end, found = Source(dead.folder), dead.end(), 0
    while not source.has_read(end):
        found += len(source.next_batch(end))
    return found


if os.fork() == 0:
    keep_and_die(Path(sys.argv[1]), int(sys.argv[2]))
os.wait()
print(answered(Path(sys.argv[1])))
