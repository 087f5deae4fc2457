"""Personal data at rest: sealed with AES-256-GCM, and found again by a keyed fingerprint [L 个保法 51]."""

import base64
import hmac
import secrets as random
import unicodedata
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.platform.settings import secrets

_FORM = "1."
"""Begins everything sealed, so that another key or way of sealing can follow without touching what is kept."""
_NONCE, _TAG = 12, 16


class Unreadable(ValueError):
    """A sealed text that the key of this installation does not open: another key, or somebody changed it."""


def seal(text: str) -> str:
    """Text → sealed text, another one each time."""
    nonce = random.token_bytes(_NONCE)
    kept = nonce + _cipher(secrets().field_key).encrypt(nonce, text.encode(), None)
    return _FORM + base64.urlsafe_b64encode(kept).decode()


def sealed_length(octets: int) -> int:
    """Characters of a sealed text of so many octets of UTF-8."""
    return len(_FORM) + (_NONCE + octets + _TAG + 2) // 3 * 4


def unseal(sealed: str) -> str:
    """Sealed text → the text.

    Raises:
        Unreadable: it was not sealed here.
    """
    try:
        kept = base64.urlsafe_b64decode(sealed.removeprefix(_FORM))
        return _cipher(secrets().field_key).decrypt(kept[:_NONCE], kept[_NONCE:], None).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable("sealed with another key") from error


def keyed_hash(text: str) -> str:
    """The fingerprint by which a sealed text is found (64 hex digits): the same for full-width, capital and spaced writing."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hmac.digest(secrets().index_key, plain.encode("utf-8", "surrogatepass"), "sha256").hex()


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
