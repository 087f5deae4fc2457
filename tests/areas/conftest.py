"""A small centre: departments, posts, and somebody with an account for each role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from services import areas, centres
from services.crud import flow, query, write
from services.crud.access import Actor, system_actor
from services.crud.registry import table
from services.platform.db import reading, writing
from tests.areas.premises import premises, stocked
from tests.conftest import Database

assert areas  # hangs the rules in
__all__ = ["premises", "stocked"]

ROLES = ("director", "deputy", "head", "clerk", "accountant", "cashier", "hr", "facility", "supervisor")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class House:
    """A centre to try things in; every call is a transaction of its own."""

    centre: int
    departments: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    @property
    def system(self) -> Actor:
        return system_actor(self.centre, "seed")

    def actor(self, role: str) -> Actor:
        """The person with this role."""
        department = self.departments["office"]
        return Actor(account=self.accounts[role], name=role, centre=self.centre, roles=frozenset({role}), staff=self.staff[role],
                     department=department, departments=frozenset({department}))  # fmt: skip

    def by(self, who: str) -> Actor:
        return self.system if who == "system" else self.actor(who)

    def create(self, name: str, who: str = "system", /, rows: Rows | None = None, confirm: bool = False, **values: Any) -> int:
        with writing() as db:
            return write.create(db, self.by(who), table(name), values, rows, confirm=confirm)

    def update(self, name: str, id: int, who: str = "system", /, rows: Rows | None = None, confirm: bool = False, **values: Any) -> None:
        with writing() as db:
            write.update(db, self.by(who), table(name), id, values, self.version(name, id), rows, confirm=confirm)

    def delete(self, name: str, id: int, who: str = "system") -> None:
        with writing() as db:
            write.delete(db, self.by(who), table(name), id, self.version(name, id))

    def move(self, name: str, id: int, move: str, who: str = "system", /, note: str = "", confirm: bool = False, **values: Any) -> None:
        with writing() as db:
            flow.move(db, self.by(who), table(name), id, move, values, note=note, version=self.version(name, id), confirm=confirm)

    def raw(self, name: str, id: int) -> dict[str, Any]:
        with reading() as db:
            return query.raw(db, table(name), id)

    def version(self, name: str, id: int) -> int:
        return int(self.raw(name, id)["version"])

    def record(self, name: str, id: int, who: str) -> dict[str, Any]:
        with reading() as db:
            return query.record(db, self.by(who), table(name), id)


def furnish() -> House:
    """One centre with an office and one person for each role."""
    with writing() as db:
        house = House(centres.establish(db, {"name": "东湖街道社区服务中心", "code": "DH-01", "population": 22_000}))
    house.departments["office"] = house.create("department", code="ZH", name="综合办公室", layer="execution", quota=12, duties="综合协调")
    house.departments["service"] = house.create("department", code="FW", name="服务部", layer="execution", quota=5, duties="服务受理")
    house.posts["office"] = house.create(
        "post", code="ZH-01", name="综合岗", department=house.departments["office"], layer="operation", headcount=12
    )
    house.posts["service"] = house.create(
        "post", code="FW-01", name="服务专员", department=house.departments["service"], layer="operation", headcount=2
    )
    for number, role in enumerate(ROLES):
        house.staff[role] = house.create(
            "staff", name=f"张{role}", gender="female", department=house.departments["office"], post=house.posts["office"],
            employment="community_worker", hired_on=date(2020, 3, 1), phone=f"138000000{number:02}", status="active",
        )  # fmt: skip
        house.accounts[role] = house.create("account", username=role, name=f"张{role}", staff=house.staff[role], roles=[role])
    return house


@pytest.fixture
def house(shared_database: Database) -> House:
    """A centre of the test's own in a database that the module shares, once on each database."""
    with writing():
        return furnish()


@pytest.fixture(scope="module")
def shared_house(shared_database: Database) -> House:
    """One centre for the tests of a module that only read, or write what no other test looks at."""
    with writing():
        return furnish()
