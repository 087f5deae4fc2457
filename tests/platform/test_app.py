"""Starting the server: what the machine lacks is said in one line; what is there is used."""

import ast
import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from services.platform.settings import ROOT
from tests.conftest import Database, free_port, serve


def start(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the server until it gives up (it must)."""
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DEMO": "0", "PORT": str(free_port()), **variables}
    return subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    """The only line that was printed, in both languages, after which the server ended with 1."""
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert " / " in line
    return line


def test_the_file_can_be_read_by_an_old_python() -> None:
    source = (ROOT / "app.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    assert not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in ast.walk(tree))
    before_the_check = source[: source.index("sys.exit")]
    assert "import streamlit" not in before_the_check


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(start(tmp_path, PORT=str(port)))
    assert f"Port {port} can't be used" in line
    assert f"端口 {port} 无法使用" in line
    assert f"PORT={port + 1}" in line


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("PORT", "70000"), ("PAGE_SIZE", "many")])
def test_a_setting_that_makes_no_sense(name: str, value: str, tmp_path: Path) -> None:
    assert value in one_line(start(tmp_path, **{name: value}))


def test_a_data_folder_that_can_not_be_written(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    line = one_line(start(tmp_path, DATA_DIR=str(in_the_way / "data")))
    assert str(in_the_way) in line
    assert "DATA_DIR" in line


@pytest.mark.parametrize("url", ["postgresql://nobody:secret@127.0.0.1:1/none", "sqlite:///{folder}/file/centre.db", "mysql://x/y", "=foo"])
def test_a_database_that_is_not_there(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = one_line(start(tmp_path, DATABASE_URL=url.format(folder=tmp_path)))
    assert "DATABASE_URL" in line
    assert "secret" not in line


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "centre.db").write_text("not a database, but a letter to it" * 100)
    assert "DATABASE_URL" in one_line(start(tmp_path))


def test_from_nothing_to_serving_and_quickly_again(tmp_path: Path) -> None:
    empty = Database("sqlite", f"sqlite:///{(tmp_path / 'centre.db').as_posix()}", tmp_path)
    with serve({**empty.environment, "DEMO": "0"}):
        pass
    with serve({**empty.environment, "DEMO": "0"}) as address:
        printed = next(tmp_path.glob(f"server-{address.rpartition(':')[2]}.log")).read_text("utf-8")
    assert "Open in a browser: http://localhost" in printed
    assert "请用浏览器打开" in printed


def test_small_packets_leave_at_once() -> None:
    import app
    from services.platform.settings import override

    async def no_delay() -> int:
        with override(port=free_port(), host="127.0.0.1") as settings:
            listening = app.listen()
            arrived: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

            def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                arrived.set_result(writer.get_extra_info("socket"))

            async with await asyncio.start_server(connected, sock=listening):
                _reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
                option = (await arrived).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                writer.close()
                return option

    assert asyncio.run(no_delay())


def test_streamlit_run_makes_the_same_first_set_up(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DEMO": "0"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        from tests.conftest import _answers

        until = time.monotonic() + 60
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert time.monotonic() < until
            assert server.poll() is None
            time.sleep(0.1)
        assert (tmp_path / "centre.db").exists()
        assert (tmp_path / "secrets.json").exists()
    finally:
        server.terminate()
        server.wait(20)


def test_streamlit_run_says_in_words_what_is_lacking(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "DEMO": "0"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port()), "--server.headless", "true"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "correct DATABASE_URL" in ended.stderr


def test_a_wrong_declaration_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    import app
    from services.crud import checks
    from services.platform.i18n import msg

    wrong = checks.Problem("E021", "room.kind", msg("Listed in filters but not indexed."))
    monkeypatch.setattr(checks, "run", lambda: [wrong])
    with pytest.raises(app.CannotStart, match=r"E021 room\.kind"):
        app.check_machine()


def test_the_work_of_the_day_is_done_once(shared_database: Database) -> None:
    import app
    from seed import demo
    from services.platform.db import reading, writing

    with writing() as session:
        demo.make(session)
    booked = []
    for _run in range(2):
        app.work_of_the_day()
        with reading() as session:
            booked.append(session.execute(text("select count(*) from depreciation")).scalar_one())
    assert booked[0] > 0
    assert booked[0] == booked[1]
