"""An index of Python packages as clients upload to it (docs.pypi.org/api/upload): a form with the file in it.

In: a request. Out: what PyPI would say. What it took is told as an effect; no bytes are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import urlsplit

from sluice.github_api.calls import Call, Reply
from sluice.rehearsal.packages import Answer, PackageIndex
from sluice.rehearsal.uploads.addresses import index_at

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def answer_upload(packages: PackageIndex, call: Call, told: Callable[[str, str, str], None]) -> Reply:
    """Take a file; ``told`` gets kind, target and request of what was new."""
    index = index_at(call.path)
    if call.method != "POST":
        return _said(405, "Method Not Allowed")
    if not call.headers.get("authorization"):
        return _said(403, "Invalid or non-existent authentication information.")
    form = dict(_parts(call))
    content, file = form.get("content", (b"", ""))
    name, version = (form.get(key, (b"", ""))[0].decode(errors="replace") for key in ("name", "version"))
    if not (file and name and version):
        return _said(400, "The form needs 'name', 'version' and the file 'content'")
    digest = hashlib.sha256(content).hexdigest()
    answer = packages.upload(index, file, digest)
    if answer is Answer.REFUSED:
        return _said(400, f"{answer} ('{file}', with other bytes)")
    if answer is Answer.TAKEN:
        request = f"POST {index} {file} ({len(content)} bytes, sha256 {digest})"
        told("package-upload", f"{urlsplit(index).netloc} {name} {version} {file}", request)
    return _said(200, "OK")


def _said(status: int, text: str) -> Reply:
    return Reply(status=status, body=text.encode(), headers=_TEXT)


def _parts(call: Call) -> Iterator[tuple[str, tuple[bytes, str]]]:
    """The fields of a form by name, each with the name of the file that it is, if it is one (RFC 7578)."""
    head = Message()
    head["Content-Type"] = call.headers.get("content-type", "")
    boundary = head.get_param("boundary", "")
    if not boundary:
        return
    for part in (b"\r\n" + call.data).split(f"\r\n--{boundary}".encode())[1:-1]:
        headers, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        said = BytesParser(policy=HTTP).parsebytes(headers + b"\r\n\r\n")["Content-Disposition"]
        if said is not None:
            given = dict(said.params)
            yield given.get("name", ""), (data, given.get("filename", ""))
