"""The store of files: kept once by their content, checked on the way in, previewed and linked on the way out."""

import base64
import hashlib
import hmac
import os
import time
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image, ImageOps
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.system import File
from services.platform import file_kinds
from services.platform.file_kinds import FileRefused
from services.platform.i18n import msg
from services.platform.settings import secrets, settings

PREVIEW_SIDES = (96, 480, 1600)
"""Longest sides of previews in pixels: a row, a card, a screen."""
_CHUNK = 1024 * 1024
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})


class Owner(Protocol):
    """Who stores a file, as the store sees it."""

    @property
    def account(self) -> int | None:
        """The account, if there is one."""

    @property
    def centre(self) -> int:
        """The centre that the file belongs to."""


class FileMissing(LookupError):
    """No such file is stored."""


@dataclass(frozen=True)
class Stored:
    """A stored file: what is known of it, and where its bytes are."""

    id: int
    centre_id: int
    sha256: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None

    @property
    def path(self) -> Path:
        """Its bytes."""
        return _place("files", self.sha256)

    @property
    def is_image(self) -> bool:
        """Whether there are previews of it."""
        return self.media_type.startswith("image/")


def store(db: Session, actor: Owner, name: str, content: BinaryIO | bytes, *, accept: tuple[str, ...] = ()) -> int:
    """Check a file and keep it: the id of its row in `file`.

    Pictures are written anew, upright and without what cameras put into them (the place where they were taken).
    `accept`: extensions that are allowed here, of those that the product allows; empty: all.

    Raises:
        FileRefused: too large, not an allowed kind, or not what its name says; the words say what to do.
    """
    name = safe_name(name)
    kind = file_kinds.of_name(name, accept)
    with _received(BytesIO(content) if isinstance(content, bytes) else content, name) as received:
        file_kinds.check_content(received, name, kind)
        size = _clean_picture(received, name, kind) if kind.family == "image" else None
        return _keep(db, actor, name, received, kind.media_type, size)


def keep(db: Session, actor: Owner, name: str, made: Path, media_type: str) -> int:
    """Keep a file that the product itself has made (in a `draft`), of whatever size: the id of its row in `file`."""
    return _keep(db, actor, safe_name(name), made, media_type)


def _keep(db: Session, actor: Owner, name: str, made: Path, media_type: str, size: tuple[int, int] | None = None) -> int:
    sha256 = _digest(made)
    row = File(
        centre_id=actor.centre,
        sha256=sha256,
        name=name,
        media_type=media_type,
        size=made.stat().st_size,
        width=size[0] if size else None,
        height=size[1] if size else None,
        created_by=actor.account,
    )
    place = _place("files", sha256)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with made.open("r+b") as file:
            os.fsync(file.fileno())
        made.replace(place)
    db.add(row)
    db.flush()
    assert row.id is not None
    return row.id


@contextmanager
def draft() -> Iterator[Path]:
    """A place for a file in the making; it is gone at the end, unless it was kept."""
    place = settings().data_dir / "files" / "incoming" / uuid.uuid4().hex
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


def read(db: Session, id: int) -> Stored:
    """What is known of a stored file. Whether somebody may see it is decided by the record that it belongs to.

    Raises:
        FileMissing: no such row, or its bytes are gone.
    """
    return read_many(db, [id])[id]


def read_many(db: Session, ids: list[int]) -> dict[int, Stored]:
    """Several stored files in one query, by id.

    Raises:
        FileMissing: one of them is not there.
    """
    rows = db.execute(select(File).where(File.id.in_(ids))).scalars()  # type: ignore[union-attr]
    found = {row.id: _stored(row) for row in rows if row.id is not None}
    for id in ids:
        if id not in found or not found[id].path.exists():
            raise FileMissing(id)
    return found


def _stored(row: File) -> Stored:
    assert row.id is not None
    return Stored(row.id, row.centre_id, row.sha256, row.name, row.media_type, row.size, row.width, row.height)


def remove(db: Session, ids: Iterable[int]) -> list[Path]:
    """Take out the rows of these files, but for those that something still refers to: the bytes to be removed once it is committed."""
    gone: list[Path] = []
    for row in db.execute(select(File).where(File.id.in_(list(ids)))).scalars().all():  # type: ignore[union-attr]
        try:
            with db.begin_nested():
                db.execute(delete(File).where(File.id == row.id))  # type: ignore[arg-type]
        except IntegrityError:
            continue
        if not db.scalar(select(exists().where(File.sha256 == row.sha256))):  # type: ignore[arg-type]
            gone.append(_place("files", row.sha256))
    return gone


def preview(file: Stored, side: int = 480) -> Path:
    """A smaller picture (WebP) of a stored picture, made once.

    Raises:
        FileMissing: it is not a picture.
    """
    if not file.is_image:
        raise FileMissing(file.id)
    side = next((one for one in PREVIEW_SIDES if one >= side), PREVIEW_SIDES[-1])
    place = _place("previews", file.sha256).with_name(f"{file.sha256}-{side}.webp")
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"{uuid.uuid4().hex}.new")
        with Image.open(file.path) as picture:
            picture.draft("RGB", (side, side))
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((side, side))
            if small.mode not in ("RGB", "RGBA"):
                small = small.convert("RGBA" if "transparency" in small.info or small.mode == "LA" else "RGB")
            small.save(draft, "WEBP", quality=80)
        draft.replace(place)
    return place


def link(actor: Owner, id: int, *, side: int = 0) -> str:
    """An address under which this person can open the file for a while; `side`: its preview of that size.

    Give it only to somebody who may read the record that the file belongs to: whoever has the address has the file.
    It stays the same for half its time, so that browsers keep what they have loaded.
    """
    half = settings().file_link_seconds // 2 or 1
    until = (int(time.time()) // half + 2) * half
    account = actor.account or 0
    return f"/file/{id}?until={until}&for={account}&side={side}&key={_sign(id, until, account, side)}"


def link_holds(id: int, until: int, account: int, side: int, key: str) -> bool:
    """Whether an address was made by `link` and its time has not run out."""
    return hmac.compare_digest(key.encode(), _sign(id, until, account, side).encode()) and until > time.time()


def _sign(id: int, until: int, account: int, side: int) -> str:
    said = f"file {id} until {until} for {account} side {side}"
    return base64.urlsafe_b64encode(hmac.digest(secrets().cookie_key.encode(), said.encode(), "sha256")[:18]).decode()


def safe_name(name: str) -> str:
    """A file name that is safe on every system and in every list: no folders, control or direction marks, not too long."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    plain = "".join("_" if sign in '<>:"|?*' else sign for sign in plain).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        stem, extension = plain, ""
    if stem.lower() in _RESERVED:
        stem = f"_{stem}"
    stem = stem[: max(1, settings().file_name_length - len(dot) - len(extension))].rstrip()
    return f"{stem or 'file'}{dot}{extension}"[-settings().file_name_length :]


@contextmanager
def _received(content: BinaryIO, name: str) -> Iterator[Path]:
    """The content as a file of its own, read piece by piece and no further than the limit."""
    limit = settings().upload_bytes
    with draft() as place:
        size = 0
        with place.open("wb") as file:
            while piece := content.read(_CHUNK):
                size += len(piece)
                if size > limit:
                    raise FileRefused(
                        msg("{name} is larger than {n} MB. Make it smaller, or send it in parts.", name=name, n=settings().upload_megabytes)
                    )
                file.write(piece)
        if not size:
            raise FileRefused(msg("{name} is empty. Choose the file again.", name=name))
        yield place


def _clean_picture(draft: Path, name: str, kind: file_kinds.FileKind) -> tuple[int, int]:
    """Decode the whole picture (so that a damaged or disguised one is found) and write it anew; its width and height."""
    limit = settings().image_megapixels
    try:
        with Image.open(draft, formats=[kind.pillow]) as picture:
            if picture.width * picture.height > limit * 1_000_000:
                raise FileRefused(msg("{name} has more than {n} million pixels. Make it smaller first.", name=name, n=limit))
            moving = getattr(picture, "n_frames", 1) > 1
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            if not moving and kind.rewrite:
                upright.info = {}
                upright.save(draft, kind.pillow, icc_profile=picture.info.get("icc_profile"), **kind.rewrite)
            return upright.size
    except Image.DecompressionBombError as error:
        raise FileRefused(msg("{name} has more than {n} million pixels. Make it smaller first.", name=name, n=limit)) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileRefused(
            msg("{name} can't be opened as a picture: it is damaged or incomplete. Take or export it again.", name=name)
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(store_name: str, sha256: str) -> Path:
    return settings().data_dir / store_name / sha256[:2] / sha256[2:4] / sha256
