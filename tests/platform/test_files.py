"""The store of files against disguises, bombs and hostile names."""

import io
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.platform.db import reading, writing
from services.platform.file_kinds import KINDS, FileRefused
from services.platform.files import FileMissing, link, link_holds, preview, read, safe_name, store
from services.platform.settings import override, settings
from tests.conftest import Database


@dataclass(frozen=True)
class Someone:
    account: int | None = None
    centre: int = 1


ACTOR = Someone()


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **more)
    return out.getvalue()


def package(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return out.getvalue()


DOCX = package(**{"[Content_Types]_xml": "", "word__document_xml": "<w/>"})
XLSX = package(**{"[Content_Types]_xml": "", "xl__workbook_xml": "<x/>"})
ODT = package(mimetype="application/vnd.oasis.opendocument.text", content_xml="<o/>")
OFD = package(OFD_xml="<ofd/>")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EXE = b"MZ\x90\x00" + bytes(200)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(100)
WAV = b"RIFF" + struct.pack("<I", 136) + b"WAVEfmt " + bytes(120)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"

GOOD = {
    "照片.jpg": picture(), "a.JPEG": picture(), "a.png": picture("PNG"), "a.webp": picture("WEBP"), "a.gif": picture("GIF"),
    "a.bmp": picture("BMP"), "a.tif": picture("TIFF"), "a.pdf": PDF, "a.docx": DOCX, "a.xlsx": XLSX, "a.odt": ODT, "a.ofd": OFD,
    "a.doc": OLE, "a.wps": OLE, "a.mp4": MP4, "a.wav": WAV, "a.txt": "姓名\t陈某\r\n".encode(), "b.txt": "姓名".encode("gb18030"),
    "c.txt": "姓名".encode("utf-16"), "a.csv": b"\xef\xbb\xbfa,b\n1,2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_an_office_sends_is_kept(name: str, sqlite_database: Database) -> None:
    with writing() as db:
        id = store(db, ACTOR, name, GOOD[name])
    with reading() as db:
        kept = read(db, id)
    assert kept.name == name
    assert kept.path.stat().st_size == kept.size > 0
    if kept.is_image:
        assert (kept.width, kept.height) == (40, 20)
        with Image.open(preview(kept, 96)) as small:
            assert small.format == "WEBP"


BAD = {
    "program named .jpg": ("holiday.jpg", EXE),
    "program": ("setup.exe", EXE),
    "program behind another ending": ("report.pdf.exe", EXE),
    "program behind a direction mark": ("photo\u202egpj.exe", EXE),
    "program named .docx": ("a.docx", EXE),
    "program named .txt": ("a.txt", EXE),
    "page named .txt": ("a.txt", b"  <!DOCTYPE html><script>alert(1)</script>"),
    "page named .csv": ("a.csv", b"<script>alert(1)</script>"),
    "script named .txt": ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
    "drawing": ("a.svg", b"<svg onload='alert(1)'/>"),
    "drawing named .png": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "page": ("a.html", b"<p>"),
    "archive": ("a.zip", package(readme="x")),
    "archive named .docx": ("a.docx", package(readme="x")),
    "table named .docx": ("a.docx", XLSX),
    "picture named .pdf": ("a.pdf", picture()),
    "document named .jpg": ("a.jpg", PDF),
    "png named .jpg": ("a.jpg", picture("PNG")),
    "half a picture": ("a.jpg", picture(size=(400, 400))[:700]),
    "start of a picture": ("a.png", picture("PNG")[:30]),
    "broken archive": ("a.xlsx", b"PK\x03\x04" + bytes(50)),
    "document with macros": ("a.docx", package(word__document_xml="", word__vbaProject_bin="")),
    "old document with macros": ("a.doc", OLE + "_VBA_PROJECT".encode("utf-16-le")),
    "document with a password": ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le")),
    "binary named .txt": ("a.txt", b"abc\x00\x01\x02"),
    "bytes of no encoding": ("a.txt", b"\xff\xfe\x00\xd8a\x00"),
    "no ending": ("README", b"text"),
    "nothing in it": ("a.txt", b""),
    "name of an ending only": (".jpg.", picture()),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_what_it_says_is_refused_in_plain_words(case: str, sqlite_database: Database) -> None:
    name, content = BAD[case]
    with pytest.raises(FileRefused) as caught, writing() as db:
        store(db, ACTOR, name, content)
    assert safe_name(name) in str(caught.value)
    left = [path for folder in ("files", "previews") for path in (settings().data_dir / folder).rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.parametrize("name", GOOD)
def test_no_content_passes_under_the_name_of_another_kind(name: str, sqlite_database: Database) -> None:
    mine = KINDS[name.rpartition(".")[2].lower()]
    for extension, kind in KINDS.items():
        if kind.family == mine.family and (set(kind.found) & set(mine.found) or (kind.part == mine.part and not kind.found)):
            continue
        with pytest.raises(FileRefused), writing() as db:
            store(db, ACTOR, f"a.{extension}", GOOD[name])


class Endless(io.RawIOBase):
    """An upload that never ends; remembers how much was asked of it."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"a" * size


def test_reading_stops_at_the_limit(sqlite_database: Database) -> None:
    stream = Endless()
    with override(upload_megabytes=3), pytest.raises(FileRefused, match="3 MB"), writing() as db:
        store(db, ACTOR, "a.txt", stream)  # type: ignore[arg-type]
    assert stream.given <= 4 * 1024 * 1024
    assert list((settings().data_dir / "files" / "incoming").iterdir()) == []


def test_a_picture_that_unpacks_to_too_much_is_refused(sqlite_database: Database) -> None:
    with override(image_megapixels=1), pytest.raises(FileRefused, match="million pixels"), writing() as db:
        store(db, ACTOR, "a.png", picture("PNG", (2000, 600)))
    bomb = bytearray(picture("PNG"))
    bomb[16:24] = struct.pack(">II", 100_000, 100_000)
    with pytest.raises(FileRefused), writing() as db:
        store(db, ACTOR, "a.png", bytes(bomb))


def test_where_a_picture_was_taken_is_not_kept_and_it_stands_upright(sqlite_database: Database) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (36.0, 37.0, 0.0)
    exif[0x010E] = "flat of Mr Chen"
    for name, form in (("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")):
        with writing() as db:
            kept = read(db, store(db, ACTOR, name, picture(form, (40, 20), exif=exif)))
        assert (kept.width, kept.height) == (20, 40)
        assert b"Chen" not in kept.path.read_bytes()
        with Image.open(kept.path) as seen:
            assert not seen.getexif()
            assert seen.size == (20, 40)


def test_a_moving_picture_keeps_moving(sqlite_database: Database) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with writing() as db:
        kept = read(db, store(db, ACTOR, "a.gif", out.getvalue()))
    with Image.open(kept.path) as seen:
        assert getattr(seen, "n_frames", 1) == 2


def test_the_same_content_is_kept_once(database: Database) -> None:
    with writing() as db:
        first, second = read(db, store(db, ACTOR, "a.txt", b"same")), read(db, store(db, Someone(centre=2), "b.txt", io.BytesIO(b"same")))
    assert first.path == second.path
    assert (first.name, second.name, second.centre_id) == ("a.txt", "b.txt", 2)


def test_only_what_is_accepted_here(sqlite_database: Database) -> None:
    with writing() as db:
        store(db, ACTOR, "a.png", picture("PNG"), accept=("jpg", "png"))
        with pytest.raises(FileRefused, match="jpg, png"):
            store(db, ACTOR, "a.pdf", PDF, accept=("jpg", "png"))


def test_what_is_gone_is_missing(sqlite_database: Database) -> None:
    with writing() as db:
        kept = read(db, store(db, ACTOR, "a.txt", b"text"))
        kept.path.unlink()
        for id in (kept.id, kept.id + 1):
            with pytest.raises(FileMissing):
                read(db, id)
    with pytest.raises(FileMissing):
        preview(kept)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\陈\\合同.docx", "合同.docx"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        ('<script>:"|?*.txt', "_script______.txt"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("", "file"),
        (" . .hidden", "hidden"),
        ("👨‍👩‍👧 家.jpg", "👨👩👧 家.jpg"),
        ("e\u0301.txt", "\u00e9.txt"),
    ],
)
def test_names_are_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= settings().file_name_length
    assert not set(safe) & set('/\\<>:"|?*\x00\n\r\u202e')
    assert safe not in (".", "..")
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("长" * 10_000 + ".docx").endswith("长.docx")
    assert len(safe_name("a" * 10_000 + "." + "b" * 10_000)) == settings().file_name_length


def test_a_link_holds_for_its_person_file_and_time(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from urllib.parse import parse_qs, urlsplit

    parts = urlsplit(link(Someone(account=7), 3, side=96))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    until, key = int(asked["until"]), asked["key"]
    assert parts.path == "/file/3"
    assert link_holds(3, until, 7, 96, key)
    assert link(Someone(account=7), 3, side=96) == f"{parts.path}?{parts.query}"
    for id, when, account, side in ((4, until, 7, 96), (3, until + 1, 7, 96), (3, until, 8, 96), (3, until, 7, 0)):
        assert not link_holds(id, when, account, side, key)
    assert not link_holds(3, until, 7, 96, "ä")
    monkeypatch.setattr("time.time", lambda: float(until))
    assert not link_holds(3, until, 7, 96, key)


def test_previews_are_made_once_and_in_few_sizes(sqlite_database: Database) -> None:
    with writing() as db:
        kept = read(db, store(db, ACTOR, "a.png", picture("PNG", (900, 300))))
    sizes = {}
    for side in (1, 96, 97, 480, 5000):
        path = preview(kept, side)
        with Image.open(path) as small:
            sizes[side] = small.size
    assert sizes == {1: (96, 32), 96: (96, 32), 97: (480, 160), 480: (480, 160), 5000: (900, 300)}
    made = preview(kept, 96)
    before = made.stat().st_mtime_ns
    assert preview(kept, 96) == made
    assert made.stat().st_mtime_ns == before
    assert Path(settings().data_dir) in made.parents
