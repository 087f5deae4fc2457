"""What the product itself keeps beside the records: history, files, views, search, numbers. Written by services only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.fields import now
from models.types import Json, Moment, text_type


def _moment() -> Any:
    return Field(default_factory=now, sa_type=Moment)


def _text(length: int | None = None, **more: Any) -> Any:
    return Field(sa_type=text_type(length), **more)


class Credential(SQLModel, table=True):
    """The password hash of an account; never read by a generated screen."""

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    password_hash: str = _text(200)
    changed_at: datetime = _moment()


class Sequence(SQLModel, table=True):
    """The last number given, per centre, name of the number and period: gapless, never reused."""

    centre_id: int = Field(primary_key=True)
    name: str = _text(80, primary_key=True)
    period: str = _text(20, primary_key=True)
    value: int = 0


class File(SQLModel, table=True):
    """A file of the content-addressed store."""

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int = Field(index=True)
    sha256: str = _text(64, index=True)
    name: str = _text(255)
    media_type: str = _text(120)
    size: int
    width: int | None = None
    height: int | None = None
    created_at: datetime = _moment()
    created_by: int | None = None


class Attachment(SQLModel, table=True):
    """A file that belongs to a record."""

    __table_args__ = (Index("ix_attachment_record", "centre_id", "table_name", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    table_name: str = _text(63)
    record_id: int
    file_id: int = Field(foreign_key="file.id", index=True)
    note: str | None = _text(255, default=None)
    created_at: datetime = _moment()
    created_by: int | None = None
    deleted_at: datetime | None = Field(default=None, sa_type=Moment)


class ChangeSet(SQLModel, table=True):
    """All that one action changed: who, when, why, from where. Append only."""

    __tablename__ = "change_set"
    __table_args__ = (
        Index("ix_change_set_at", "centre_id", "at", "id"),
        Index("ix_change_set_account", "centre_id", "account_id", "at", "id"),
        Index("ix_change_set_table", "centre_id", "table_name", "at", "id"),
        Index("ix_change_set_action", "centre_id", "action", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    at: datetime = _moment()
    account_id: int | None = None
    actor: str = _text(160)
    roles: list[str] = Field(default_factory=list, sa_type=Json)
    source: str = _text(20)
    session: str = _text(64, default="")
    action: str = _text(40)
    table_name: str = _text(63, default="")
    reason: str = Field(default="", sa_type=Text)
    undoes: int | None = Field(default=None, foreign_key="change_set.id", index=True)
    """The change set that this one takes back."""


class Change(SQLModel, table=True):
    """What a change set did to one record: old and new values by field. Append only."""

    __table_args__ = (
        Index("ix_change_record", "centre_id", "table_name", "record_id", "id"),
        Index("ix_change_set", "change_set_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    change_set_id: int = Field(foreign_key="change_set.id")
    centre_id: int
    table_name: str = _text(63)
    record_id: int
    verb: str = _text(20)
    version: int
    old: Any = Field(default=None, sa_type=Json)
    new: Any = Field(default=None, sa_type=Json)
    by_rule: bool = False
    """Written by a rule of the product that follows from what the person wrote, with the rights of the product."""


class Event(SQLModel, table=True):
    """A move of a record from one state to another. Append only."""

    __table_args__ = (Index("ix_event_record", "centre_id", "table_name", "record_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    change_set_id: int = Field(foreign_key="change_set.id", index=True)
    centre_id: int
    table_name: str = _text(63)
    record_id: int
    move: str = _text(40)
    from_state: str | None = _text(40, default=None)
    to_state: str = _text(40)
    at: datetime = _moment()
    account_id: int | None = None
    actor: str = _text(160)
    note: str = Field(default="", sa_type=Text)


class Comment(SQLModel, table=True):
    """A remark on a record; `mentions` are the accounts named with @."""

    __table_args__ = (Index("ix_comment_record", "centre_id", "table_name", "record_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    table_name: str = _text(63)
    record_id: int
    body: str = Field(sa_type=Text)
    mentions: list[int] = Field(default_factory=list, sa_type=Json)
    at: datetime = _moment()
    account_id: int | None = None
    actor: str = _text(160)
    deleted_at: datetime | None = Field(default=None, sa_type=Moment)


class Notice(SQLModel, table=True):
    """Something that waits for a person to see it: a mention, the end of a long piece of work."""

    __table_args__ = (Index("ix_notice_account", "centre_id", "account_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    account_id: int
    kind: str = _text(40)
    body: Any = Field(default=None, sa_type=Json)
    """A Message as JSON, so that it is read in the reader's language."""
    table_name: str = _text(63, default="")
    record_id: int | None = None
    at: datetime = _moment()
    seen_at: datetime | None = Field(default=None, sa_type=Moment)


class Draft(SQLModel, table=True):
    """What somebody typed into a form and has not saved yet. `record_id` 0: a new record."""

    __table_args__ = (UniqueConstraint("account_id", "table_name", "record_id", name="uq_draft"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    account_id: int
    table_name: str = _text(63)
    record_id: int = 0
    version: int = 0
    body: Any = Field(sa_type=Json)
    at: datetime = _moment()


class SavedView(SQLModel, table=True):
    """A list as somebody wants to see it again: filters, search, sort, columns, density; mine or shared."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view", "centre_id", "table_name", "account_id"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    account_id: int
    table_name: str = _text(63)
    name: str = _text(80)
    shared: bool = False
    query: str = Field(sa_type=Text)
    """The query string of the list."""
    at: datetime = _moment()


class Recent(SQLModel, table=True):
    """Records a person opened or chose lately: first in pickers and in the search box."""

    __table_args__ = (Index("ix_recent", "account_id", "table_name", "at"),)

    account_id: int = Field(primary_key=True)
    table_name: str = _text(63, primary_key=True)
    record_id: int = Field(primary_key=True)
    centre_id: int
    at: datetime = _moment()


class SearchEntry(SQLModel, table=True):
    """The searchable text of a record (`services.crud.search`); the index over it is made in each database's own way."""

    __tablename__ = "search_entry"

    id: int = Field(sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False))
    """Made of the table and the record's id, so that the entries of a table stand together in the order of its records."""
    centre_id: int
    table_name: str = _text(63)
    record_id: int
    live: bool = True
    """False: the record is in the trash; only the search of the trash looks here."""
    body: str = Field(sa_type=Text)
    """Normalised text, one line a field; the first is the title, the second its pinyin."""


class Job(SQLModel, table=True):
    """A long piece of work that goes on without its screen (`services.jobs`): who asked, how far it got, how it ended."""

    __table_args__ = (
        Index("ix_job_state", "state", "id"),
        Index("ix_job_account", "centre_id", "account_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    account_id: int
    actor: Any = Field(sa_type=Json)
    """What makes the actor again in another process."""
    kind: str = _text(40)
    table_name: str = _text(63, default="")
    params: Any = Field(default=None, sa_type=Json, nullable=True)
    state: str = _text(20, default="waiting")
    """waiting, running, done, failed or cancelled."""
    total: int | None = None
    done: int = 0
    failed: int = 0
    cursor: Any = Field(default=None, sa_type=Json, nullable=True)
    """How far it got: what a run that is taken up again needs."""
    result: Any = Field(default=None, sa_type=Json, nullable=True)
    file_id: int | None = Field(default=None, foreign_key="file.id", index=True)
    """A file to fetch."""
    change_set_id: int | None = Field(default=None, foreign_key="change_set.id", index=True)
    message: Any = Field(default=None, sa_type=Json, nullable=True)
    """How it ended: a Message as JSON."""
    worker: str = _text(64, default="")
    """Who runs it: another one for each time it is taken up."""
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    """Past it, a running job counts as left behind and is taken up again."""
    attempts: int = 0
    """How often it was taken up since it last got any further: work that breaks its server is not taken up for ever."""
    cancel_asked: bool = False
    created_at: datetime = _moment()
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class ImportMapping(SQLModel, table=True):
    """Which column of a file somebody put into which field, remembered for the next file with the same header line."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("centre_id", "account_id", "table_name", "header", name="uq_import_mapping"),)

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int
    account_id: int
    table_name: str = _text(63)
    header: str = _text(64)
    """A digest of the header line."""
    mapping: Any = Field(sa_type=Json)
    at: datetime = _moment()


class Presence(SQLModel, table=True):
    """Who has a record open, and whether they are changing it; a row that was not seen for a while counts no more."""

    table_name: str = _text(63, primary_key=True)
    record_id: int = Field(primary_key=True)
    session: str = _text(64, primary_key=True)
    centre_id: int
    account_id: int
    editing: bool = False
    seen_at: datetime = _moment()
