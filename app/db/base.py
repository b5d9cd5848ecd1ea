"""What every table is made of: tenant-first keys, UTC instants, checked states."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.orm.attributes import flag_modified
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7: ids of one process sort by creation."""
    return uuid7()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the signature is SQLAlchemy's
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def one_of(*names: str, name: str) -> Enum:
    """A checked text column: the database refuses any other value. `name` names the constraint."""
    return Enum(*names, name=name, native_enum=False, create_constraint=True, length=32)


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }


class InWorkspace:
    """`workspace_id`, the first column of every key of a tenant's table."""

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id"), primary_key=True, sort_order=-100
    )


class WithId(InWorkspace):
    """A tenant's row with an id of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-99, default=new_id)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"id": new_id(), **values})


class Versioned:
    """`version` rises with every change of the row; its ETag is made from it.

    A change that started from an older version updates no row (StaleDataError): nothing is lost.
    """

    version: Mapped[int] = mapped_column(sort_order=90)
    created_at: Mapped[datetime] = mapped_column(sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(sort_order=92)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def touch(self, now: datetime) -> None:
        """Raise the version at the next flush, even if only a child of the row has changed."""
        self.updated_at = now
        flag_modified(self, "updated_at")


class CallersOwn:
    """What the caller attaches to a main noun."""

    external_id: Mapped[str | None] = mapped_column(sort_order=80)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict, sort_order=81)


def tenant_fk(column: str, target: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A reference that the database keeps inside one workspace."""
    return ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{target}.workspace_id", f"{target}.id"],
        ondelete=ondelete,
    )
