"""What the registry says no with (distribution-spec: error codes)."""

from __future__ import annotations

from sluice.serving.messages import Response, json_response

_STATUS = {
    "BLOB_UNKNOWN": 404,
    "BLOB_UPLOAD_INVALID": 416,
    "BLOB_UPLOAD_UNKNOWN": 404,
    "MANIFEST_UNKNOWN": 404,
    "NAME_UNKNOWN": 404,
    "UNSUPPORTED": 405,
}


class Refusal(Exception):  # noqa: N818 (the specification's word would be error, which the codes are called)
    """A request that is refused; the message is for the client."""

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status or _STATUS.get(code, 400)

    def response(self) -> Response:
        """As the client reads it."""
        return json_response({"errors": [{"code": self.code, "message": str(self)}]}, status=self.status)
