"""The demo centre: made once in an empty database, the same for the same day."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts import ROLES
from models.base import Flow
from models.fields import today
from models.organisation import Centre
from seed import assets, facilities, maintenance, organisation, reference, resources
from seed.world import World
from services import accounts, centres, depreciation
from services.crud import history
from services.crud.registry import table
from services.crud.values import Record
from services.platform.db import analyze, reading, writing
from services.platform.i18n import pgettext

PASSWORD = "demo-Donghu-2026"
"""Of every demo account; the product says on every page that it is a demo."""
TOLD = ("booking", "work_order", "resource_request", "stocktake", "closure_notice", "place")
"""Tables whose latest records get the events that led to their state."""


def ensure(echo: Callable[[str], Any] = print, scale: int = 1) -> bool:
    """Make the demo centre if there is no centre yet. True: it was made now."""
    with reading() as db:
        if db.scalar(select(func.count()).select_from(Centre)):
            return False
    with writing() as db:
        if db.scalar(select(func.count()).select_from(Centre)):
            return False
        make(db, scale)
    analyze()
    return True


def make(db: Session, scale: int = 1) -> World:
    """The whole demo centre, in the transaction of `db`."""
    world = World(db, centres.establish(db, organisation.particulars()), today(), scale)
    reference.make(world)
    organisation.make(world)
    _sign_ins(world)
    facilities.make(world)
    assets.make(world)
    _depreciation(world)
    maintenance.make(world)
    resources.make(world)
    _events(world)
    return world


def _depreciation(world: World) -> None:
    """The entries of the last two years, month by month; at a larger scale of fewer months."""
    last = world.today.year * 12 + world.today.month - 2
    for month in range(last + 1 - max(1, 24 // world.scale), last + 1):
        depreciation.depreciate(world.db, world.actor, month // 12, month % 12 + 1)


def sign_ins() -> list[tuple[str, str, str]]:
    """(title of the role, sign-in name, password) of every demo account, in the order of the roles."""
    return [(pgettext("account", role.title), role.code, PASSWORD) for role in ROLES]


def _sign_ins(world: World) -> None:
    """An account for each role, tied to the person who holds its post."""
    people = []
    for role, post in organisation.ROLE_POSTS:
        staff = world.ids["staff"].get(f"{post}/0")
        people.append(accounts.DemoPerson(role, world.ids["staff names"].get(staff) or "外部审计员", (role,), staff))
    accounts.create_demo(world.db, world.actor, people, PASSWORD)


def _events(world: World) -> None:
    """For the latest records of some tables: the moves that led from the first state to the present one."""
    for name in TOLD:
        described = table(name)
        assert described.flow is not None
        columns = described.sql.c
        state = columns[described.flow.field]
        rows = world.db.execute(
            select(columns.id, columns.created_at, state.label("state"))
            .where(state != described.flow.initial)
            .order_by(columns.id.desc())
            .limit(400)
        ).all()
        with history.change_set(world.db, world.actor, "load", name) as changes:
            for row in reversed(rows):
                at = row.created_at
                for move, source, target in _path(described.flow, row.state):
                    at = min(at + timedelta(minutes=world.random.randrange(20, 900)), datetime.now(UTC))
                    changes.at = at
                    changes.event(Record(world.centre, name, row.id), move, source, target, "")


def _path(flow: Flow, state: str) -> list[tuple[str, str, str]]:
    """The shortest way from the first state to this one, as (move, from, to)."""
    ways: dict[str, list[tuple[str, str, str]]] = {flow.initial: []}
    waiting = deque([flow.initial])
    while waiting:
        here = waiting.popleft()
        for move in flow.moves:
            if here in move.sources and move.target not in ways:
                ways[move.target] = [*ways[here], (move.name, here, move.target)]
                waiting.append(move.target)
    return ways.get(state, [])
