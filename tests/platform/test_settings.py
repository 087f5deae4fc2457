"""Settings from the environment, and the keys of an installation."""

import json
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from services.platform.settings import BadSetting, Secrets, from_environment, override, secrets, settings


def test_the_environment_is_respected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"PORT": "9000", "DATA_DIR": str(tmp_path), "DEMO": "0", "PAGE_SIZES": "10,20"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    read = from_environment()
    assert (read.port, read.data_dir, read.demo, read.page_sizes) == (9000, tmp_path, False, (10, 20))
    assert read.database_url == f"sqlite:///{tmp_path.as_posix()}/centre.db"


@pytest.mark.parametrize("given", ["postgresql://a:b@h/c", "postgres://a:b@h/c", "postgresql+psycopg://a:b@h/c"])
def test_postgresql_is_driven_by_psycopg_3(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert from_environment().database_url == "postgresql+psycopg://a:b@h/c"


@pytest.mark.parametrize(("value", "demo"), [("0", False), ("no", False), ("FALSE", False), ("1", True), ("", True), ("yes", True)])
def test_the_demo_is_on_unless_turned_off(value: str, demo: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", value)
    assert from_environment().demo is demo


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("PAGE_SIZES", "20;50"), ("UPLOAD_MEGABYTES", "1.5")])
def test_what_can_not_be_read_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=f"{name}={value}"):
        from_environment()


def test_an_override_ends_and_brings_its_own_database(tmp_path: Path) -> None:
    before = settings()
    with override(data_dir=tmp_path, page_size=3):
        assert settings().page_size == 3
        assert str(tmp_path) in settings().database_url
    assert settings() is before


def test_the_keys_stay_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    with override(data_dir=tmp_path / "new"):
        first = secrets()
    with override(data_dir=tmp_path / "new"):
        assert secrets() == first
    assert len(first.field_key) == len(first.index_key) == 32
    path = tmp_path / "new" / "secrets.json"
    assert set(json.loads(path.read_text())) == {"cookie_key", "field_key", "index_key"}
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def keys_of(folder: Path) -> Secrets:
    with override(data_dir=folder):
        return secrets()


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as processes:
        assert len(set(processes.map(keys_of, [tmp_path] * 8))) == 1
