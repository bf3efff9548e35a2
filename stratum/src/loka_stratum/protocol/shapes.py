"""What msgspec reads the two plain lines (`plain`) as. It makes classes as they are read: they stay apart from what
is compiled.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from loka_stratum.protocol.messages import NULL


class _Submission(msgspec.Struct, gc=False):
    method: str
    params: list[str]
    id: Raw = NULL


class _Acceptance(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    id: int
    result: bool
    error: None = None


decode_submission = msgspec.json.Decoder(_Submission).decode
decode_acceptance = msgspec.json.Decoder(_Acceptance).decode
