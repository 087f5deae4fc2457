"""The centres of this installation."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models.organisation import Centre
from services.crud import values
from services.crud.registry import table
from services.platform.db import is_sqlite
from services.platform.i18n import _


def shown_name(db: Session) -> str:
    """What to call the place before anybody is signed in: the only centre, or the product itself."""
    centre = table("centre").sql
    names = db.scalars(select(centre.c.name).where(centre.c.deleted_at.is_(None)).order_by(centre.c.id).limit(2)).all()
    return names[0] if len(names) == 1 else _("Community service centre")


def establish(db: Session, particulars: Mapping[str, Any]) -> int:
    """A new centre: its id, which is also its `centre_id`."""
    sql = table("centre").sql
    complete = {**Centre(centre_id=0, **particulars).model_dump(exclude={"id"}), **particulars}
    described = table("centre")
    kept = values.columns(
        described, complete, [field.name for field in values.stored(described) if not field.common and field.name in complete]
    )
    newest = (
        select(func.coalesce(func.max(sql.c.id), 0) + 1)
        if is_sqlite(db)
        else select(func.nextval(func.pg_get_serial_sequence("centre", "id")))
    )
    id_ = int(db.scalar(newest) or 1)
    common = {name: complete[name] for name in ("version", "created_at", "updated_at")}
    db.execute(insert(sql).values(id=id_, centre_id=id_, **common, **kept))
    return id_


def all_ids(db: Session) -> list[int]:
    """Every centre of this installation."""
    centre = table("centre").sql
    return list(db.scalars(select(centre.c.id).where(centre.c.deleted_at.is_(None)).order_by(centre.c.id)))
