"""An empty workbook for a table: its headings with what belongs below them, and what can be chosen."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.fields import Kind
from services.crud import access, exporting, titles
from services.crud.access import Actor
from services.crud.importing import layout
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.platform.i18n import _, pgettext
from services.platform.sheets import Column, Sheet

_OFFERED = 300
"""Records up to which a reference has a drop-down."""


def sheet(db: Session, actor: Actor, table: Table) -> Sheet:
    """The template of a table: a column for each field that an import can fill."""
    return Sheet([_column(db, actor, table, one) for one in layout.fields(actor, table)], (), table.plural)


def _column(db: Session, actor: Actor, table: Table, field: Field) -> Column:
    made = exporting.column(field)
    required = field.required and field.spec.default is None
    return Column(
        made.title, made.type, field.name, made.places, made.width, tuple(_choices(db, actor, field)),
        field.kind in (Kind.CHOICES, Kind.REFERENCES), _help(table, field, required), required,
    )  # fmt: skip


def _choices(db: Session, actor: Actor, field: Field) -> list[str]:
    if field.spec.choices:
        return layout.choices_of(field)
    if field.kind is Kind.BOOLEAN:
        return [_("Yes"), _("No")]
    if not field.spec.target:
        return []
    target = described(field.spec.target)
    own = target.sql.c
    usable = (own.centre_id == actor.centre, own.deleted_at.is_(None), access.rows(actor, target))
    if db.execute(select(func.count()).select_from(select(own.id).where(*usable).limit(_OFFERED + 1).subquery())).scalar_one() > _OFFERED:
        return []
    return sorted(titles.titles(db, target, db.execute(select(own.id).where(*usable)).scalars(), actor).values())


def _help(table: Table, field: Field, required: bool) -> str:
    spec = field.spec
    example = _("For example: {example}", example=spec.example) if spec.example else ""
    several = _("Several with ； between them.") if field.kind in (Kind.CHOICES, Kind.REFERENCES) else ""
    named = _("The name or number of a record of “{table}”.", table=described(spec.target).plural) if spec.target else ""
    written = pgettext(table.name, spec.pattern_help) if spec.pattern_help else ""
    return "\n".join(filter(None, (_("Has to be filled in.") if required else "", field.help, written, named, several, example)))
