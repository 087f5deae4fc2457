"""People at the forms and record pages of a module's own `house`."""

import pytest

from tests.conftest import Database
from tests.screens.forms import Person, Sit, somebody


@pytest.fixture
def sit(house: Database, monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Somebody of these roles sits down: `sit("facility")`."""
    return lambda *roles: Person(monkeypatch, somebody(*roles or ("facility",)))


@pytest.fixture
def keeper(sit: Sit) -> Person:
    return sit("facility")
