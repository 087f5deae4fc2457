"""The server: checks the machine, brings the database up to date, and serves the screens.

`make run` (or `python app.py`) runs it in this process; `streamlit run app.py` and `uvicorn app:app` work too.
This file is read by any Python from 3.6 on, so that an old one can be told what it lacks.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "需要 Python 3.11 或更高版本，当前是 {0}：请安装新版本后重试。 / "
        "Python 3.11 or newer is needed, this is {0}: install a newer one and try again.".format(sys.version.split()[0])
    )

try:
    import gc
    import importlib
    import os
    import socket
    import tempfile
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager
    from datetime import datetime, time, timedelta

    import streamlit
    import uvicorn
    from anyio import create_task_group, sleep
    from anyio.to_thread import run_sync
    from sqlalchemy import exc as sql_errors
    from sqlalchemy.engine import make_url
    from streamlit import config

    from pages import web
    from pages.parts import failure
    from services import accounts, setup, worker
    from services.platform import db, log, migrate
    from services.platform.db import DatabaseUnavailable
    from services.platform.i18n import LANGUAGES, LOCAL, Message, _, msg, use_language
    from services.platform.settings import ROOT, BadSetting, secrets, settings
except ModuleNotFoundError as error:
    if error.name and error.name.partition(".")[0] in ("models", "pages", "seed", "services"):
        raise
    sys.exit(
        "缺少软件包 {0}：请运行 make run，或 pip install -r requirements.txt。 / "
        "The package {0} is missing: run make run, or pip install -r requirements.txt.".format(error.name)
    )

HEAVY = (
    "altair", "numpy", "pandas", "pyarrow", "PIL.Image", "streamlit.elements.arrow", "streamlit.elements.vega_charts",
    "pages.parts.frame", "pages.table", "pages.today",
)  # fmt: skip
"""What the first visitor would otherwise wait for."""


EXAMPLE = "postgresql://user:password@host/name"


class CannotStart(Exception):
    """The machine lacks something; the message says what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return both(self.message)


def both(message: Message) -> str:
    """A message in every language, in one line."""
    said = []
    for code in LANGUAGES:
        with use_language(code):
            said.append(str(message))
    return " / ".join(said)


def check_settings() -> None:
    """Read the environment.

    Raises:
        CannotStart: a variable holds something that can't be used.
    """
    try:
        settings()
    except BadSetting as error:
        raise CannotStart(msg("{setting} can't be understood: correct this environment variable.", setting=str(error))) from error
    try:
        engine = make_url(settings().database_url).get_backend_name()
    except (sql_errors.ArgumentError, ValueError):
        engine = ""
    if engine not in ("sqlite", "postgresql"):
        raise CannotStart(
            msg("DATABASE_URL must name a PostgreSQL, as in {example}; without it the product keeps its own database.", example=EXAMPLE)
        )


def check_data_dir() -> None:
    """Try to write where the data is kept, and read the keys.

    Raises:
        CannotStart: it is not allowed, or the disk is full.
    """
    folder = settings().data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"written")
        secrets()
    except OSError as error:
        words = msg(
            "The folder {folder} can't be written ({reason}): give this user the right to, or choose another one (DATA_DIR).",
            folder=str(folder),
            reason=error.strerror or str(error),
        )
        raise CannotStart(words) from error


def listen() -> socket.socket:
    """The listening socket, taken before anything slow happens.

    It is made with its protocol named: only then does asyncio send small packets at once (TCP_NODELAY), without which
    every step of a screen takes 48 ms longer.

    Raises:
        CannotStart: the port is taken or not allowed.
    """
    host, port = settings().host, settings().port
    try:
        family = socket.AF_INET6 if ":" in host or (not host and socket.has_dualstack_ipv6()) else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        taken.bind((host, port))
        taken.listen(2048)
    except (OSError, OverflowError) as error:
        words = msg(
            "Port {port} can't be used ({reason}): stop the program that uses it, or choose another one, as in PORT={other} make run.",
            port=port,
            reason=getattr(error, "strerror", None) or str(error),
            other=port + 1 if port < 65535 else 8501,
        )
        raise CannotStart(words) from error
    return taken


def configure() -> None:
    """Hand Streamlit what is kept in our settings, and start the log."""
    config.set_option("server.maxUploadSize", settings().upload_megabytes)
    config.set_option("server.cookieSecret", secrets().cookie_key)
    log.start()


def check_sqlite() -> None:
    """The search index needs a SQLite that is not too old.

    Raises:
        CannotStart: Python's SQLite is, and so is pysqlite3's.
    """
    found = db.sqlite_module().sqlite_version_info
    if make_url(settings().database_url).get_backend_name() == "sqlite" and found < db.SQLITE_NEEDED:
        words = msg(
            "SQLite {version} is too old, {needed} is needed: install a newer Python, or use PostgreSQL (DATABASE_URL).",
            version=".".join(map(str, found)),
            needed=".".join(map(str, db.SQLITE_NEEDED)),
        )
        raise CannotStart(words)


def check_database() -> None:
    """Reach the database; on SQLite make its file.

    Raises:
        CannotStart: it can't be reached, or is none.
    """
    try:
        with migrate.alone():
            migrate.current()
    except (DatabaseUnavailable, sql_errors.OperationalError, sql_errors.InterfaceError, OSError) as error:
        cause = error.__cause__ if isinstance(error, DatabaseUnavailable) else error
        words = msg(
            "The database {address} can't be used ({reason}): start it, or correct DATABASE_URL.",
            address=make_url(settings().database_url).render_as_string(hide_password=True),
            reason=str(getattr(cause, "orig", cause)).strip().splitlines()[0],
        )
        raise CannotStart(words) from error


def check_declarations() -> None:
    """Look through the declared tables, so that a wrong one stops the start and not a person at work.

    Raises:
        CannotStart: what is to be mended, a numbered line each.
    """
    import models  # noqa: F401  (declares every table)
    import services.areas  # noqa: F401  (registers their rules)
    from services.crud import checks

    problems = checks.run()
    if problems:
        lines = "\n".join(map(str, problems))
        raise CannotStart(msg("The declarations of the tables are to be mended:\n{lines}", lines=lines))


def check_machine() -> None:
    """All that the product needs.

    Raises:
        CannotStart: the first thing that is lacking.
    """
    check_settings()
    check_data_dir()
    check_sqlite()
    check_declarations()
    check_database()


def prepare() -> None:
    """Bring the database up to date and, the first time, put the demo centre into it."""
    migrate.upgrade()
    if settings().demo:
        from seed import demo

        with migrate.alone():
            demo.ensure(print)


def welcome(address: str = "") -> None:
    """Print the address (where Streamlit has not printed it) and, for the demo, who can sign in."""
    if address:
        print(f"\n  {both(msg('Open in a browser: {address}', address=address))}")
    if settings().demo:
        from seed import demo

        print(f"\n  {both(msg('Sign-ins of the demo centre:'))}")
        for role, username, password in demo.sign_ins():
            print(f"    {username:<12} {password:<16} {role}")
    with db.reading() as session:
        if setup.needed(session):
            print(f"\n  {both(msg('Set-up code of this empty installation: {code}', code=setup.code()))}")
    print(flush=True)


def warm() -> None:
    """Load what the first visitor would wait for, and keep it out of every later garbage collection."""
    for name in HEAVY:
        importlib.import_module(name)
    for code in LANGUAGES:
        with use_language(code):
            _("")
    accounts.nobody()
    worker.load_kinds()
    gc.collect()
    gc.freeze()


def work_of_the_day() -> None:
    """What time alone changes in every centre; a fault is logged, and the day goes on."""
    from services import areas, centres, jobs

    try:
        with migrate.alone():
            with db.writing() as session:
                for centre in centres.all_ids(session):
                    areas.daily(session, centre)
            jobs.forget()
    except (DatabaseUnavailable, sql_errors.SQLAlchemyError) as error:
        log.reference(error)


async def every_day() -> None:
    """The work of the day now, and again soon after each midnight in Shanghai."""
    while True:
        await run_sync(work_of_the_day)
        now = datetime.now(LOCAL)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(0, 5), LOCAL)
        await sleep((midnight - now).total_seconds())


@asynccontextmanager
async def lifespan(app: streamlit.App) -> AsyncIterator[None]:
    """Before the first visitor: what `main` does, for those who start the server in another way."""
    if not app.state.get("prepared"):
        try:
            for step in (check_machine, configure, prepare, welcome):
                await run_sync(step)
        except CannotStart as error:
            sys.exit(str(error))
    await run_sync(warm)
    long_work = worker.Worker()
    long_work.start(settings().job_threads)
    try:
        async with create_task_group() as tasks:
            tasks.start_soon(every_day)
            yield
            tasks.cancel_scope.cancel()
    finally:
        await run_sync(long_work.stop)


app = streamlit.App(
    ROOT / "pages" / "main.py", lifespan=lifespan, routes=web.routes(), middleware=web.middleware(), on_script_error=failure.fault
)


def main() -> None:
    """Check, prepare, say where, and serve until stopped."""
    try:
        check_machine()
        taken = listen()
    except CannotStart as error:
        sys.exit(str(error))
    configure()
    prepare()
    app.state["prepared"] = True
    os.chdir(ROOT)
    welcome(f"http://localhost:{settings().port}")
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            ws="websockets-sansio",
            ws_ping_interval=30,
            ws_ping_timeout=30,
            ws_max_size=config.get_option("server.maxMessageSize") * 1_000_000,
            ws_per_message_deflate=False,
        )
    )
    server.run(sockets=[taken])


if __name__ == "__main__":
    main()
