"""A process that journals without end until it is killed. It says what it has done, one line after each call returned.

Usage: python journalling_process.py FOLDER DSN. Prints ``s ID`` after `submitted`, ``a ID VERDICT`` after `answered`.
Every tenth share is left without an answer.
"""

import asyncio
import os
import sys
from pathlib import Path

from shares_at_hand import VERDICTS, answer, share

from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.store import open_store


async def main(folder: Path, dsn: str) -> None:
    settings = StorageSettings(folder=folder, dsn=dsn, segment_bytes=50_000, linger_seconds=0.005)
    async with open_store(settings) as store:
        number = 0
        while True:
            number += 1
            one = share(number)
            store.ledger.submitted(one)
            os.write(1, f"s {one.id}\n".encode())
            if number % 10:
                verdict = VERDICTS[number % len(VERDICTS)]
                store.ledger.answered(answer(one, verdict))
                os.write(1, f"a {one.id} {verdict.value}\n".encode())
            await asyncio.sleep(0)


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
