"""An image as it is looked at: plain data. Sizes are in bytes, paths without a leading slash."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class EntryKind(StrEnum):
    """What an entry of a layer does."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"
    DELETION = "deletion"
    EMPTYING = "emptying"


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of one layer. A deletion names what it takes away, an emptying the folder whose lower content is hidden
    (image-spec: whiteouts).
    """

    path: str
    size: int
    kind: EntryKind


class Configuration(Struct, frozen=True, kw_only=True):
    """What the image says of itself. ``user`` is empty for root."""

    architecture: str
    system: str
    user: str
    created: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    ports: tuple[str, ...]
    volumes: tuple[str, ...]
    labels: Mapping[str, str]
    variables: tuple[str, ...]
    health: tuple[str, ...]

    @property
    def runs_as_root(self) -> bool:
        """Whether it runs as root unless told otherwise."""
        return self.user.partition(":")[0] in {"", "0", "root"}

    @property
    def has_health_check(self) -> bool:
        """Whether it can be asked how it is."""
        return bool(self.health) and self.health != ("NONE",)


class Package(Struct, frozen=True, kw_only=True):
    """Something installed. ``kind`` is that of a package URL: deb, pypi, apk."""

    kind: str
    name: str
    version: str
    architecture: str = ""
    licence: str = ""


class Layer(Struct, frozen=True, kw_only=True):
    """``size`` unpacked, ``packed`` as it is kept in the archive, ``instruction`` what made it."""

    digest: str
    instruction: str
    size: int
    packed: int
    files: int


class Waste(Struct, frozen=True, kw_only=True):
    """A file that a later layer replaced or deleted: its bytes are shipped and never seen."""

    path: str
    size: int
    times: int


class Forbidden(Struct, frozen=True, kw_only=True):
    """Something that should not be in an image. ``hidden``: a later layer deletes it, and anyone can still read it."""

    path: str
    layer: int
    reason: str
    hidden: bool


class ImageReport(Struct, frozen=True, kw_only=True):
    """All that was found. ``packed`` is what a registry keeps, where the archive's layers are compressed."""

    name: str
    digest: str
    configuration: Configuration
    layers: tuple[Layer, ...]
    waste: tuple[Waste, ...]
    packages: tuple[Package, ...]
    forbidden: tuple[Forbidden, ...]
    packed: int | None

    @property
    def size(self) -> int:
        """Unpacked."""
        return sum(layer.size for layer in self.layers)

    @property
    def wasted(self) -> int:
        """Bytes of files that nobody sees."""
        return sum(one.size for one in self.waste)
