"""Where the product runs and every limit it keeps: each a named setting, read from the environment once."""

import base64
import json
import os
import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

from fasteners import InterProcessLock

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the product."""

OFF = frozenset({"0", "no", "off", "false"})


@dataclass(frozen=True)
class Settings:
    """Where the product runs, and its limits. Each can be set by an environment variable of the same name in capitals."""

    host: str = ""
    """Address to listen on; empty: every address of the machine."""
    port: int = 8501
    """Port of the server."""
    data_dir: Path = ROOT / "data"
    """Folder of the SQLite database, the files and the keys."""
    database_url: str = ""
    """`sqlite:///…` or `postgresql://…`; empty: `centre.db` in the data folder."""
    demo: bool = True
    """Whether an empty database gets the demo centre."""

    sign_in_days: int = 7
    """How long a browser stays signed in."""
    page_size: int = 50
    """Rows of a list page unless the person chose another size."""
    page_sizes: tuple[int, ...] = (20, 50, 100, 200)
    """Sizes of a list page to choose from."""
    count_bound: int = 10_000
    """A total stops counting here until the exact one is asked for."""
    picker_rows: int = 20
    """Most rows a picker loads."""
    child_rows: int = 20
    """Most child records shown on the page of their parent."""
    form_rows: int = 500
    """Most child records edited in a grid inside a form; with more, they are edited one by one."""
    search_rows: int = 50
    """Most results of the search over all tables."""
    facet_values: int = 50
    """Most values of a filter chip that are shown with their counts."""
    bulk_limit: int = 100_000
    """Most records of one bulk action."""
    undo_at_once: int = 2_000
    """Changes of a change set up to which it is undone at once; a larger one goes on as a job."""
    undo_rows_shown: int = 20
    """Records of a change set whose differences are shown on one page."""
    presence_seconds: int = 120
    """How long somebody counts as having a record open after they were last seen there."""
    batch_rows: int = 1_000
    """Records of an import that are checked and written together."""
    facet_bound: int = 1_000
    """The count of each value of a filter chip stops here."""
    board_cards: int = 20
    """Cards of a column of a board that are shown at once; “show more” adds as many."""
    agenda_entries: int = 500
    """Most entries of a day or a week in an agenda."""
    agenda_month_entries: int = 4
    """Most entries of a day in the month of an agenda; of the others the number is shown."""
    agenda_month_at_once: int = 5_000
    """Entries of a month that are read at once; where there are more, each day is counted by itself."""
    agenda_rows: int = 30
    """Most places, things … that an agenda of one day shows beside one another."""
    chart_points: int = 2_000
    """Most marks of a chart."""
    export_rows: int = 1_000_000
    """Most rows of one export."""
    import_rows: int = 100_000
    """Most rows of one import."""
    import_columns: int = 300
    """Most columns of a file that is imported."""
    import_megabytes: int = 50
    """Largest file that is imported, in units of 1,048,576 bytes."""
    import_unpacked_megabytes: int = 400
    """What a workbook that is imported may unpack to."""
    import_title_lines: int = 20
    """Lines at the top of a file among which the headings are looked for."""
    import_errors: int = 1_000
    """Rows with errors after which an import is given up: it is the wrong file, or the columns are wrong."""
    import_known: int = 5_000
    """Records of a table up to which an import knows them all by name; of larger ones it looks up those that are named."""
    export_at_once: int = 20_000
    """With more rows, an export is made as a job, outside of the page."""

    text_length: int = 255
    """Most characters of a text without a limit of its own."""
    long_text_length: int = 20_000
    """Most characters of a long text."""

    upload_megabytes: int = 50
    """Largest file, in units of 1,048,576 bytes."""
    image_megapixels: int = 60
    """Largest picture, in millions of pixels."""
    file_name_length: int = 150
    """Most characters of a file name; longer ones are shortened before the extension."""
    file_link_seconds: int = 3600
    """How long a link to a file stays good."""

    statement_seconds: int = 10
    """A statement that takes longer is stopped."""
    lock_seconds: int = 10
    """How long a writer waits for another one."""
    pool_size: int = 20
    """Database connections kept open by one process."""
    pool_overflow: int = 20
    """Further connections opened while many people work at once."""
    health_seconds: int = 3
    """How long the health check waits for the database."""

    bulk_in_page: int = 200
    """Records up to which a bulk action is done while the person waits; more of them are long work."""
    job_threads: int = 1
    """Pieces of long work that one process does at a time; 0: none (`python -m services.worker` is a process that does nothing else)."""
    job_chunk: int = 500
    """Most records of a bulk action that long work writes in one transaction."""
    job_lease_seconds: int = 30
    """Long work whose process was not heard of for so long is taken up by another one."""
    job_look_seconds: int = 1
    """How often a worker looks for work that other processes have submitted."""
    job_stop_seconds: int = 10
    """How long a server that stops waits for its long work to come to the end of a chunk."""
    job_attempts: int = 5
    """How often long work is taken up without getting any further before it counts as failed."""
    jobs_under_way: int = 20
    """Most pieces of long work that one person may have under way."""
    job_days: int = 90
    """How long ended long work is kept on the screen."""

    def __post_init__(self) -> None:
        """Fill in what depends on other settings, and bring the database address into SQLAlchemy's form."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'centre.db').as_posix()}"
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                url = "postgresql+psycopg://" + url.removeprefix(scheme)
        object.__setattr__(self, "database_url", url)

    @property
    def upload_bytes(self) -> int:
        """Largest file in bytes."""
        return self.upload_megabytes * 1024 * 1024

    @cached_property
    def secrets(self) -> "Secrets":
        """The keys of this installation."""
        return _load_secrets(self.data_dir)


@dataclass(frozen=True)
class Secrets:
    """The keys of this installation, made at the first start. Whoever loses them loses what is encrypted with them."""

    cookie_key: str
    """Signs cookies and links."""
    field_key: bytes
    """Encrypts sensitive fields (32 bytes)."""
    index_key: bytes
    """Makes the fingerprints by which sensitive fields are found (32 bytes)."""


class BadSetting(ValueError):
    """An environment variable holds something that can't be used."""


def from_environment() -> Settings:
    """The settings as the environment gives them.

    Raises:
        BadSetting: a number or a list that can't be read.
    """
    given: dict[str, object] = {}
    for one in fields(Settings):
        raw = os.environ.get(one.name.upper(), "").strip()
        if not raw:
            continue
        try:
            if one.type is bool:
                given[one.name] = raw.lower() not in OFF
            elif one.type is int:
                given[one.name] = int(raw)
            elif one.type is Path:
                given[one.name] = Path(raw).expanduser().resolve()
            elif one.type is str:
                given[one.name] = raw
            else:
                given[one.name] = tuple(int(part) for part in raw.split(","))
        except ValueError as error:
            raise BadSetting(f"{one.name.upper()}={raw}") from error
    return Settings(**given)  # type: ignore[arg-type]


_current: Settings | None = None


def settings() -> Settings:
    """The settings in force, read once."""
    global _current
    if _current is None:
        _current = from_environment()
    return _current


@contextmanager
def override(**changes: object) -> Iterator[Settings]:
    """Other settings for a while, in all threads of the process (tests, commands).

    A new `data_dir` without a `database_url` brings its own SQLite database.
    """
    global _current
    before = settings()
    if "data_dir" in changes:
        changes.setdefault("database_url", "")
    _current = replace(before, **changes)  # type: ignore[arg-type]
    try:
        yield _current
    finally:
        _current = before


def secrets() -> Secrets:
    """The keys of this installation, from `secrets.json` in the data folder (mode 600), made where there is none."""
    return settings().secrets


def _load_secrets(folder: Path) -> Secrets:
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with InterProcessLock(folder / ".secrets.lock"):
            if not path.exists():
                _make_secrets(path)
    kept = json.loads(path.read_text("utf-8"))
    return Secrets(kept["cookie_key"], base64.b64decode(kept["field_key"]), base64.b64decode(kept["index_key"]))


def _make_secrets(path: Path) -> None:
    fresh = {
        "cookie_key": random.token_urlsafe(32),
        "field_key": base64.b64encode(random.token_bytes(32)).decode(),
        "index_key": base64.b64encode(random.token_bytes(32)).decode(),
    }
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(fresh, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
