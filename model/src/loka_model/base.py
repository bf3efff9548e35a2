"""What every table shares: the registry, the names of constraints, the UUID key.

Constraint names follow one convention, so that a migration can name what it drops and a refusal names what it refused.
"""

from __future__ import annotations

import uuid
from typing import Annotated

from sqlalchemy import MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

UuidKey = Annotated[
    uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4, server_default=text("gen_random_uuid()"))
]
"""A row's key. The caller may make it; `gen_random_uuid()` is part of the server from PostgreSQL 13 on."""

Name = Annotated[str, mapped_column(String(255))]
"""A name that stands in a unique index: bounded, since an index row can't be longer than 2,704 bytes."""


class Base(DeclarativeBase):
    """The registry of Loka's tables."""

    metadata = MetaData(naming_convention=NAMES)
