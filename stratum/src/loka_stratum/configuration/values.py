"""Values with a meaning of their own: places on the network, networks, secrets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port. The host is a name or an address, without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str, *, lowest_port: int = 1) -> Endpoint:
        """The endpoint in ``host:port`` or ``[address]:port``. Raises ``ValueError`` with what is allowed.

        >>> Endpoint.parse("[::1]:3333")
        Endpoint(host='::1', port=3333)
        """
        host, colon, port = text.strip().rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if not colon or not bare or (":" in bare and bare == host) or set(bare) & set(" /@[]"):
            raise ValueError("host:port, such as pool.example.com:3333 or [::1]:3333")
        if not (port.isascii() and port.isdigit() and lowest_port <= int(port) <= 65535):
            raise ValueError(f"host:port with a port from {lowest_port} to 65535")
        return cls(bare, int(port))


class Secret:
    """A text that is never shown. ``reveal`` gives it to whoever must send it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return "***" if self._text else ""

    __repr__ = __str__
