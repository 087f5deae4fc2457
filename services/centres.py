"""The centres of this installation."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud.registry import table
from services.platform.i18n import _


def shown_name(db: Session) -> str:
    """What to call the place before anybody is signed in: the only centre, or the product itself."""
    centre = table("centre").sql
    names = db.scalars(select(centre.c.name).where(centre.c.deleted_at.is_(None)).order_by(centre.c.id).limit(2)).all()
    return names[0] if len(names) == 1 else _("Community service centre")
