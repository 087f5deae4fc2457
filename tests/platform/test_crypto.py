"""Sealed texts and their fingerprints."""

from pathlib import Path

import pytest

from services.platform.crypto import Unreadable, keyed_hash, seal, sealed_length, unseal
from services.platform.settings import override


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path) -> object:
    with override(data_dir=tmp_path):
        yield


@pytest.mark.parametrize("text", ["", "13812345678", "某某小区3栋", "👩‍👧", "x" * 5000])
def test_what_is_sealed_is_opened_again(text: str) -> None:
    sealed = seal(text)
    assert unseal(sealed) == text
    assert sealed.isascii()
    assert len(sealed) == sealed_length(len(text.encode()))
    assert seal(text) != sealed, "the same text does not look the same twice"


def test_what_somebody_changed_is_not_opened() -> None:
    sealed = seal("13812345678")
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"
    for wrong in (sealed[:middle] + other + sealed[middle + 1 :], sealed[:-4], "", "1.", "plain text", "1.????", "号"):
        with pytest.raises(Unreadable):
            unseal(wrong)


def test_another_installation_opens_nothing(tmp_path: Path) -> None:
    sealed, finger = seal("13812345678"), keyed_hash("13812345678")
    with override(data_dir=tmp_path / "other"):
        with pytest.raises(Unreadable):
            unseal(sealed)
        assert keyed_hash("13812345678") != finger


def test_a_fingerprint_is_that_of_the_text_however_it_is_written() -> None:
    assert keyed_hash("11010519491231002X") == keyed_hash(" １１０１０５ 19491231 002ｘ ")
    assert keyed_hash("王芳") != keyed_hash("王方")
    assert len(keyed_hash("")) == 64
    assert keyed_hash("a\ud800")
