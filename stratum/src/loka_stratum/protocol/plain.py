"""The two lines that nearly all are, each read in one go: a share that a miner submits, and a pool's yes to it.

Whatever is not plainly one of them is None here and goes to the full parser (`messages`), which says what it is, or
what is wrong with it. What is read here is what the full parser would have read.
"""

from __future__ import annotations

import msgspec

from loka_stratum.protocol.messages import IDENTIFIER_LIMIT, MalformedError, Message, decode
from loka_stratum.protocol.shapes import decode_acceptance, decode_submission
from loka_stratum.protocol.work import JOB_LIMIT

_LEAST_PARAMS = 5
_LONGEST_ACCEPTANCE = 100
"""Bytes. Work, refusals and questions are longer, nearly all: they aren't tried."""
_FAULTS = (msgspec.MsgspecError, RecursionError, UnicodeError)


def plain_submission(line: bytes) -> tuple[bytes, list[str]] | None:
    """The id, as it is written, and the parameters of a line that plainly submits a share.

    >>> plain_submission(b'{"id":7,"method":"mining.submit","params":["farm.rig","j1","00","65000001","ab"]}')
    (b'7', ['farm.rig', 'j1', '00', '65000001', 'ab'])
    """
    if b'"mining.submit"' not in line or not line.isascii():
        return None
    try:
        found = decode_submission(line)
    except _FAULTS:
        return None
    identifier, params = bytes(found.id), found.params
    if (
        found.method == "mining.submit"
        and len(params) >= _LEAST_PARAMS
        and 0 < len(params[1]) <= JOB_LIMIT
        and len(identifier) <= IDENTIFIER_LIMIT
        and identifier[0] not in b"[{"
    ):
        return identifier, params
    return None


def plain_acceptance(line: bytes) -> int | None:
    """The id of the request that a line plainly says yes to, and no more.

    >>> plain_acceptance(b'{"id":7,"result":true,"error":null}')
    7
    """
    if len(line) > _LONGEST_ACCEPTANCE:
        return None
    try:
        found = decode_acceptance(line)
    except _FAULTS:
        return None
    return found.id if found.result else None


def share_params(message: Message) -> list[str]:
    """The parameters of a ``mining.submit``, however it is written. Raises ``MalformedError``."""
    params = decode(message.params, list[str])
    if len(params) < _LEAST_PARAMS or not 0 < len(params[1]) <= JOB_LIMIT:
        raise MalformedError("mining.submit wants worker, job, second extranonce, time and nonce")
    return params
