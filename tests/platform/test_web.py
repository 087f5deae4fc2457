"""What is served beside the screens: health and files."""

from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages import web
from services.platform import files
from services.platform.db import writing
from services.platform.files import link, store
from tests.conftest import Database
from tests.platform.test_files import ACTOR, DOCX, PDF, picture

ADDRESS = "http://centre.example"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=web.routes()), base_url=ADDRESS)


def kept(name: str, content: bytes) -> int:
    with writing() as db:
        return store(db, ACTOR, name, content)


def test_health_follows_the_database(database: Database, client: TestClient) -> None:
    assert client.get("/health").json() == {"database": "up"}


def test_health_says_so_when_the_database_is_away(sqlite_database: Database, client: TestClient) -> None:
    path = sqlite_database.data_dir / "centre.db"
    away = path.rename(path.with_suffix(".away"))
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"database": "down"})
    away.rename(path)
    assert client.get("/health").status_code == 200


def test_a_picture_is_shown_and_its_preview_is_smaller(database: Database, client: TestClient) -> None:
    id = kept("照片 1.jpg", picture(size=(900, 600)))
    whole, small = client.get(link(ACTOR, id)), client.get(link(ACTOR, id, side=96))
    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["content-disposition"] == f"inline; filename*=utf-8''{quote('照片 1.jpg')}"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert small.headers["content-type"] == "image/webp"
    assert len(small.content) < len(whole.content)


def test_what_is_loaded_is_not_loaded_again(sqlite_database: Database, client: TestClient) -> None:
    address = link(ACTOR, kept("a.jpg", picture()))
    first = client.get(address)
    assert "private" in first.headers["cache-control"]
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_document_is_downloaded_under_its_name(sqlite_database: Database, client: TestClient) -> None:
    answer = client.get(link(ACTOR, kept("报告.docx", DOCX)))
    assert answer.content == DOCX
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert client.get(link(ACTOR, kept("a.pdf", PDF))).headers["content-disposition"].startswith("inline;")


def test_a_part_of_a_file_can_be_asked_for(sqlite_database: Database, client: TestClient) -> None:
    answer = client.get(link(ACTOR, kept("a.pdf", PDF)), headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"%PDF")


def test_only_an_address_that_was_given_opens_a_file(sqlite_database: Database, client: TestClient) -> None:
    id, other = kept("a.jpg", picture()), kept("b.pdf", PDF)
    good = link(ACTOR, id)
    for forged in (
        good.replace(f"/file/{id}?", f"/file/{other}?"),
        good.replace("for=0", "for=1"),
        good.replace("side=0", "side=96"),
        good.replace("until=", "until=9"),
        good.partition("&key=")[0],
        f"{good}x",
    ):
        assert client.get(forged).status_code == 403
    for broken in (f"/file/{id}", "/file/0?until=x&for=0&side=0&key=", f"/file/{id}?until=1&for=0&side=0.5&key=a"):
        assert client.get(broken).status_code == 404


def test_refusals_are_said_in_the_language_of_the_browser(sqlite_database: Database, client: TestClient) -> None:
    for language, words in (("zh-CN,zh;q=0.9", "链接已失效"), ("en-GB", "has run out")):
        answer = client.get("/file/1?until=1&for=0&side=0&key=a", headers={"Accept-Language": language})
        assert words in answer.text


def test_a_file_whose_bytes_are_gone_and_a_database_that_is_away(sqlite_database: Database, client: TestClient) -> None:
    id = kept("a.pdf", PDF)
    with writing() as db:
        files.read(db, id).path.unlink()
    assert client.get(link(ACTOR, id)).status_code == 404
    path: Path = sqlite_database.data_dir / "centre.db"
    path.rename(path.with_suffix(".away"))
    answer = client.get(link(ACTOR, id), headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert "Try again" in answer.text


def test_a_page_fetches_no_pictures_from_elsewhere_and_stands_in_no_foreign_frame() -> None:
    page = Route("/page", lambda _request: HTMLResponse("<p>页面</p>"))
    client = TestClient(Starlette(routes=[page, *web.routes()], middleware=web.middleware()), base_url=ADDRESS)
    headers = client.get("/page").headers
    assert "img-src 'self' data: blob:" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    # What is served beside the pages has rules of its own: a browser's PDF viewer bears none of these.
    assert "content-security-policy" not in client.get("/file/1").headers


def test_an_address_below_a_page_leads_to_the_page() -> None:
    pages = [*web.routes(), Route("/{path:path}", lambda _request: HTMLResponse("<p>页面</p>"))]
    client = TestClient(Starlette(routes=pages, middleware=web.middleware()), base_url=ADDRESS, follow_redirects=False)
    for address, page in (("/asset/1", "/asset"), ("/a%20b/c/d", "/a%20b")):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["location"], answer.content) == (307, page, b"")
    for address in ("/asset", "/asset?id=1", "/", "/component/part/index.html"):
        assert client.get(address).text == "<p>页面</p>"


def test_the_page_where_one_starts_has_its_own_address_too(client: TestClient) -> None:
    answer = client.get("/today?lang=en", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == "./?lang=en"
