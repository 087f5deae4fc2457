"""The file of an import between its upload and its end: kept in the store, opened only by who uploaded it."""

import shutil
from collections.abc import Mapping
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from services.crud.access import Actor
from services.crud.importing import reading
from services.crud.importing.table import Grid, Unreadable
from services.platform import files
from services.platform.db import reading as looking
from services.platform.db import writing
from services.platform.i18n import msg
from services.platform.settings import settings

_FILES = SQLModel.metadata.tables["file"]
_KINDS: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
}


def take(actor: Actor, name: str, content: BinaryIO) -> int:
    """Keep an uploaded file if it can be imported: its id.

    Raises:
        Unreadable: it can't; nothing is kept.
    """
    name = files.safe_name(name)
    with files.draft() as made:
        with made.open("wb") as into:
            shutil.copyfileobj(_Bounded(content), into)
        reading.read(made, name)
        with writing() as db:
            return files.keep(db, actor, name, made, _KINDS.get(name.rpartition(".")[2].lower(), "text/csv"))


class _Bounded:
    """Ends one byte behind what may be imported: `reading` then refuses it."""

    def __init__(self, content: BinaryIO) -> None:
        self.content, self.left = content, settings().import_megabytes * 1024 * 1024 + 1

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self.content.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece


def name_of(db: Session, actor: Actor, file: int) -> str:
    """What a file is called that this actor uploaded.

    Raises:
        Unreadable: there is none.
    """
    own = _FILES.c
    mine: tuple[Any, ...] = (own.id == file, own.centre_id == actor.centre, own.created_by.is_not_distinct_from(actor.account))
    name: str | None = db.execute(select(own.name).where(*mine)).scalar()
    if name is None:
        raise Unreadable(msg("The file is not there any more. Upload it again."))
    return name


def read(actor: Actor, file: int, sheet: str = "") -> Grid:
    """The lines of a file that this actor uploaded.

    Raises:
        Unreadable: it is gone, somebody else's, or can't be read.
    """
    try:
        with looking() as db:
            name = name_of(db, actor, file)
            stored = files.read(db, file)
    except files.FileMissing:
        raise Unreadable(msg("The file is not there any more. Upload it again.")) from None
    return reading.read(stored.path, name, sheet)
