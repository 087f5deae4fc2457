"""Which kinds of file may be stored, and how their content is told from their name."""

import codecs
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import filetype

from services.platform.i18n import Message, msg

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 8192
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACROS = "_VBA_PROJECT".encode("utf-16-le")


class FileRefused(Exception):
    """A file that is not stored; the message says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class FileKind:
    """A kind of file, known by its extension."""

    media_type: str
    family: Literal["image", "zip", "ole", "text", "media", "pdf"]
    found: tuple[str, ...] = ()
    """What `filetype` may call it (by extension)."""
    part: str = ""
    """A member that every zip of this kind has."""
    pillow: str = ""
    rewrite: Mapping[str, Any] = field(default_factory=dict)
    """How a picture is written anew; empty: kept as it is."""


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_JPEG = FileKind("image/jpeg", "image", ("jpg",), pillow="JPEG", rewrite={"quality": 92})

KINDS: dict[str, FileKind] = {
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": FileKind("image/png", "image", ("png",), pillow="PNG", rewrite={"compress_level": 4}),
    "webp": FileKind("image/webp", "image", ("webp",), pillow="WEBP", rewrite={"quality": 90}),
    "gif": FileKind("image/gif", "image", ("gif",), pillow="GIF"),
    "bmp": FileKind("image/bmp", "image", ("bmp",), pillow="BMP"),
    "tif": FileKind("image/tiff", "image", ("tif",), pillow="TIFF"),
    "tiff": FileKind("image/tiff", "image", ("tif",), pillow="TIFF"),
    "pdf": FileKind("application/pdf", "pdf", ("pdf",)),
    "ofd": FileKind("application/ofd", "zip", part="OFD.xml"),
    "docx": FileKind(f"{_OFFICE}.wordprocessingml.document", "zip", part="word/document.xml"),
    "xlsx": FileKind(f"{_OFFICE}.spreadsheetml.sheet", "zip", part="xl/workbook.xml"),
    "pptx": FileKind(f"{_OFFICE}.presentationml.presentation", "zip", part="ppt/presentation.xml"),
    "odt": FileKind(f"{_OPEN}.text", "zip", part="content.xml"),
    "ods": FileKind(f"{_OPEN}.spreadsheet", "zip", part="content.xml"),
    "odp": FileKind(f"{_OPEN}.presentation", "zip", part="content.xml"),
    "doc": FileKind("application/msword", "ole"),
    "xls": FileKind("application/vnd.ms-excel", "ole"),
    "ppt": FileKind("application/vnd.ms-powerpoint", "ole"),
    "wps": FileKind("application/wps-office.wps", "ole"),
    "et": FileKind("application/wps-office.et", "ole"),
    "dps": FileKind("application/wps-office.dps", "ole"),
    "txt": FileKind("text/plain", "text"),
    "md": FileKind("text/markdown", "text"),
    "csv": FileKind("text/csv", "text"),
    "mp3": FileKind("audio/mpeg", "media", ("mp3",)),
    "m4a": FileKind("audio/mp4", "media", ("m4a", "mp4")),
    "wav": FileKind("audio/x-wav", "media", ("wav",)),
    "amr": FileKind("audio/amr", "media", ("amr",)),
    "mp4": FileKind("video/mp4", "media", ("mp4", "m4v", "mov")),
    "mov": FileKind("video/quicktime", "media", ("mov", "mp4")),
}


def of_name(name: str, accept: tuple[str, ...] = ()) -> FileKind:
    """The kind that a file name promises.

    Raises:
        FileRefused: files of that kind are not stored (here).
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    allowed = [one for one in KINDS if not accept or one in accept]
    if extension in allowed:
        return KINDS[extension]
    raise FileRefused(msg("{name} is not of a kind that can be stored here. Allowed are: {kinds}.", name=name, kinds=", ".join(allowed)))


def check_content(path: Path, name: str, kind: FileKind) -> None:
    """Refuse a file whose content is not what its name promises, or that a reader could be harmed by.

    Raises:
        FileRefused: a program named .jpg, a document with macros or a password, a web page named .txt …
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_OLE):
        _check_ole(path, name)
    if not _is(path, name, kind, head):
        raise FileRefused(
            msg(
                "{name} is something else inside than its ending .{extension} says. "
                "Open it with its own program, save it again and choose that file.",
                name=name,
                extension=name.rpartition(".")[2],
            )
        )


def _is(path: Path, name: str, kind: FileKind, head: bytes) -> bool:
    if kind.family == "zip":
        return _is_zip_of(path, name, kind)
    if kind.family == "ole":
        return head.startswith(_OLE)
    if kind.family == "text":
        return _is_text(path, head)
    return _found(head) in kind.found


def _found(head: bytes) -> str:
    guess = filetype.guess(head)
    return guess.extension if guess is not None else ""


def _check_ole(path: Path, name: str) -> None:
    content = path.read_bytes()
    if _ENCRYPTED in content:
        raise FileRefused(msg("{name} is protected by a password. Save it without one and choose it again.", name=name))
    if _MACROS in content:
        raise _macros(name)


def _macros(name: str) -> FileRefused:
    return FileRefused(
        msg("{name} contains macros, which can do harm. Save it without macros (.docx, .xlsx) and choose it again.", name=name)
    )


def _is_zip_of(path: Path, name: str, kind: FileKind) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            members = package.namelist()
            if kind.media_type.startswith(_OPEN) and package.read("mimetype").decode("ascii", "replace") != kind.media_type:
                return False
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
        return False
    if any(member.lower().endswith("vbaproject.bin") for member in members):
        raise _macros(name)
    return kind.part in members


def _is_text(path: Path, head: bytes) -> bool:
    """Whether all of it is readable text (UTF-8, UTF-16 with its mark, or GB 18030) and not a page that a browser would run."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif _found(head):
        return False
    else:
        encodings = ["utf-8", "gb18030"]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"#!")):
        return False
    return any(_decodes(path, encoding) for encoding in encodings)


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as lines:
            while piece := lines.read(_HEAD * 16):
                if any(sign < " " and sign not in "\t\r\n\f" for sign in set(piece)):
                    return False
    except UnicodeDecodeError:
        return False
    return True
