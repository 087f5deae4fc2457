"""The frame as a script: sign-in, what each role may open, preferences, and what is shown when something breaks."""

from typing import Any

import bcrypt
import pytest
from streamlit.testing.v1 import AppTest

from models.areas import AREAS
from pages.parts import failure, menu
from services import accounts, areas, setup
from services.crud import notices
from services.crud.access import Actor, may
from services.crud.registry import tables
from services.crud.values import Record
from services.platform import db as database_module
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.i18n import msg
from services.platform.settings import ROOT
from tests.areas.conftest import House, furnish
from tests.conftest import Database

assert areas
GOOD = "three blue boats"
MAIN = str(ROOT / "pages" / "main.py")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    salt = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: salt(4))


@pytest.fixture
def house(sqlite_database: Database) -> House:
    """A centre whose people can sign in."""
    with writing() as db:
        made = furnish()
        for account in made.accounts.values():
            accounts.set_password(db, made.system, account, GOOD)
    return made


def signed_in(username: str) -> AppTest:
    """The product after sign-in."""
    screen = AppTest.from_file(MAIN, default_timeout=20).run()
    screen.text_input(key="signin-name").input(username)
    screen.text_input(key="signin-password").input(GOOD)
    return screen.button[0].click().run()


def texts(screen: AppTest) -> str:
    """All that stands on the screen as Markdown, captions and alerts."""
    parts = [*screen.markdown, *screen.caption, *screen.error, *screen.warning, *screen.subheader]
    return "\n".join(str(one.value) for one in parts)


def is_signed_in(screen: AppTest) -> bool:
    return not screen.text_input and any(button.key == "bar-search" for button in screen.button)


# Signing in


def test_a_stranger_sees_the_sign_in_page_only(house: House) -> None:
    screen = AppTest.from_file(MAIN, default_timeout=20).run()
    assert not screen.exception
    assert [one.key for one in screen.text_input] == ["signin-name", "signin-password"]
    assert "东湖街道社区服务中心" in texts(screen)


def test_a_person_signs_in_and_starts_with_today(house: House) -> None:
    screen = signed_in("facility")
    assert not screen.exception
    assert is_signed_in(screen)
    assert "张facility" in texts(screen)


@pytest.mark.parametrize(
    ("name", "password"), [("facility", "wrong"), ("nobody", GOOD), ("", GOOD), ("facility", ""), ("\0", "\0"), ("x" * 80, "密" * 100)]
)
def test_whatever_else_is_typed_lets_nobody_in(house: House, name: str, password: str) -> None:
    screen = AppTest.from_file(MAIN, default_timeout=20).run()
    screen.text_input(key="signin-name").input(name)
    screen.text_input(key="signin-password").input(password)
    screen.button[0].click().run()
    assert not screen.exception
    assert not is_signed_in(screen)
    assert len(screen.error) == 1


def test_an_account_switched_off_is_out_at_the_next_step(house: House) -> None:
    screen = signed_in("facility")
    house.update("account", house.accounts["facility"], active=False)
    screen.run()
    assert not is_signed_in(screen)
    assert screen.text_input


def test_whoever_signed_in_with_the_old_password_is_out_at_the_next_step(house: House) -> None:
    screen = signed_in("facility")
    with writing() as db:
        accounts.set_password(db, house.system, house.accounts["facility"], "another good one")
    screen.run()
    assert not is_signed_in(screen)


def test_signing_out_forgets_what_the_session_held(house: House) -> None:
    screen = signed_in("facility")
    screen.session_state["something"] = "private"
    choose(screen, "out")
    assert not is_signed_in(screen)
    assert "something" not in screen.session_state


def choose(screen: AppTest, choice: str) -> AppTest:
    """Choose a line of the person's menu."""
    screen.menu_button(key="bar-person").click(choice)
    return screen.run()


# What may be opened


def test_every_address_is_one_page_only() -> None:
    paths = [one.path for one in menu.PAGES] + [area.name for area in AREAS] + list(tables())
    assert len(paths) == len(set(paths))


def test_the_menu_shows_what_may_be_read_and_every_table_keeps_its_address(house: House) -> None:
    for role in ("facility", "clerk", "director"):
        actor = Actor(account=1, name=role, centre=1, roles=frozenset({role}))
        known = plan_of(actor)
        shown = {page["path"] for area in known["areas"] for page in area["pages"]}
        assert shown == {name for name, table in tables().items() if may(actor, table, "read") and not table.screen.hidden}
        assert set(tables()) <= set(known["paths"])


def plan_of(actor: Actor) -> dict[str, Any]:
    """The menu of an actor, made where pages can be made: in a script."""

    def script() -> None:
        import streamlit as st

        from pages.parts import menu

        found = menu.plan(st.session_state["actor"])
        st.session_state["plan"] = {**found.menu, "paths": list(found.pages)}

    screen = AppTest.from_function(script)
    screen.session_state["actor"] = actor
    screen.run()
    assert not screen.exception
    return screen.session_state["plan"]  # type: ignore[no-any-return]


def test_a_page_tells_what_it_may_not_show(house: House) -> None:
    def script() -> None:
        import streamlit as st

        from pages.parts import notfound
        from services.crud.registry import table

        notfound.forbidden(table("asset"))
        st.write("end")

    screen = AppTest.from_function(script).run()
    assert not screen.exception
    assert "您无权查看“资产”" in texts(screen)


# Preferences


def test_preferences_chosen_in_the_bar_are_kept(house: House) -> None:
    account = house.accounts["facility"]
    screen = choose(signed_in("facility"), "type")
    assert house.raw("account", account)["large_type"] is True
    before = session_language(screen)
    choose(screen, "language")
    kept = house.raw("account", account)["language"]
    assert kept in ("zh_CN", "en")
    assert kept != before
    assert not screen.exception


def session_language(screen: AppTest) -> str:
    return "zh_CN" if "搜索" in [button.label for button in screen.button] else "en"


def test_my_account_changes_the_password(house: House) -> None:
    screen = AppTest.from_function(_me)
    screen.session_state["session.account"] = (house.accounts["clerk"], stamp(house, "clerk"))
    screen.run()
    assert not screen.exception
    fill(screen, old="wrong", new="a new long one", again="a new long one")
    assert "原密码不正确" in texts(screen)
    fill(screen, old=GOOD, new="a new long one", again="another")
    assert "不一致" in texts(screen)
    fill(screen, old=GOOD, new="short", again="short")
    assert "至少需要" in texts(screen)
    fill(screen, old=GOOD, new="a new long one", again="a new long one")
    assert [one.value for one in screen.success]
    with reading() as db:
        assert accounts.matches("a new long one", accounts.candidate(db, "clerk").password_hash)
    assert not screen.run().exception


def _me() -> None:
    from pages import me

    me.show()


def fill(screen: AppTest, *, old: str, new: str, again: str) -> None:
    screen.text_input(key="account-old").input(old)
    screen.text_input(key="account-new").input(new)
    screen.text_input(key="account-again").input(again)
    screen.button[0].click().run()


def stamp(house: House, role: str) -> str:
    with reading() as db:
        found = accounts.person(db, house.accounts[role])
    assert found is not None
    return found.stamp


# When something breaks


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """`away[0] = True` takes the database away."""
    state = [False]
    transaction = database_module._transaction

    def guarded(*given: object, **named: object) -> object:
        if state[0]:
            raise DatabaseUnavailable(busy=False)
        return transaction(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(database_module, "_transaction", guarded)
    monkeypatch.setattr(failure, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(failure, "HOLD_SECONDS", 0.2)
    return state


def test_a_database_that_is_away_is_said_calmly_and_the_page_comes_back(house: House, away: list[bool]) -> None:
    screen = signed_in("facility")
    away[0] = True
    screen.run()
    assert not screen.exception
    assert "暂时无法连接数据库" in texts(screen)
    away[0] = False
    screen.run()
    assert is_signed_in(screen)


def test_a_stranger_too_is_told_that_the_database_is_away(house: House, away: list[bool]) -> None:
    away[0] = True
    screen = AppTest.from_file(MAIN, default_timeout=20).run()
    assert not screen.exception
    assert not screen.text_input


# Help and search


def test_the_search_finds_pages_in_every_language_by_pinyin_and_as_commands(house: House) -> None:
    actor = Actor(account=1, name="x", centre=1, roles=frozenset({"facility"}))
    for spoken in ("zh_CN", "en"):
        for typed in ("资产", "asset", "zichan", "zc"):
            assert any(line["path"] == "asset" for line in found(actor, typed, spoken)), (typed, spoken)
        for typed in ("新增报修", "add repair", "new repair", "新建 报修"):
            first = found(actor, typed, spoken)[0]
            assert (first["path"], first.get("new")) == ("work_order", True), (typed, spoken)
    for typed in ("账号", "account table"):
        assert all(line["path"] != "account" for line in found(actor, typed, "zh_CN"))


def found(actor: Actor, typed: str, spoken: str) -> list[dict[str, object]]:
    """The pages and commands that the search finds."""

    def script() -> None:
        import streamlit as st

        from pages.parts import search
        from services.platform.i18n import use_language

        actor, typed, spoken = st.session_state["given"]
        with use_language(spoken):
            st.session_state["found"] = search.commands(actor, typed)

    screen = AppTest.from_function(script)
    screen.session_state["given"] = (actor, typed, spoken)
    screen.run()
    assert not screen.exception
    return screen.session_state["found"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("spoken", ["zh_CN", "en"])
def test_every_table_can_be_explained(spoken: str) -> None:
    def script() -> None:
        import streamlit as st

        from pages.parts import help as explanation
        from services.crud.access import Actor
        from services.crud.registry import tables
        from services.platform.i18n import use_language

        with use_language(st.session_state["spoken"]):
            for table in tables().values():
                explanation.about_table(Actor(account=1, name="x", centre=1, roles=frozenset({"facility"})), table)

    screen = AppTest.from_function(script, default_timeout=30)
    screen.session_state["spoken"] = spoken
    screen.run()
    assert not screen.exception


def test_the_about_page_names_every_section(house: House) -> None:
    def script() -> None:
        from pages import about

        about.show()

    screen = AppTest.from_function(script, default_timeout=20)
    screen.session_state["session.account"] = (house.accounts["clerk"], stamp(house, "clerk"))
    screen.run()
    assert not screen.exception


# Notices


def test_notices_are_shown_counted_and_then_seen(house: House) -> None:
    account = house.accounts["facility"]
    screen = signed_in("facility")
    screen.button(key="bar-notices").click().run()
    assert not screen.exception
    assert "暂无消息" in texts(screen)
    with writing() as db:
        about = Record(house.centre, "staff", house.staff["clerk"])
        notices.send(db, [account], house.centre, "mention", msg("{who} calls you in a remark.", who="<b>x</b>"), about)
    screen.run()
    assert "1" in screen.button(key="bar-notices-new").label
    shown = "".join(str(getattr(one, "value", "")) for one in screen.get("html"))
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    screen.button(key="bar-notices-new").click().run()
    assert not screen.exception
    with reading() as db:
        assert notices.waiting(db, house.actor("facility")) == 0


# An empty installation


def test_an_empty_installation_is_set_up_with_the_code(sqlite_database: Database) -> None:
    screen = AppTest.from_file(MAIN, default_timeout=20).run()
    assert not screen.exception
    for field, value in {"code": "wrong", "centre": "东湖中心", "name": "赵明", "username": "zhao", "password": GOOD}.items():
        screen.text_input(key=f"setup-{field}").input(value)
    screen.button[0].click().run()
    assert "初始化码不正确" in texts(screen)
    screen.text_input(key="setup-code").input(setup.code())
    screen.button[0].click().run()
    assert not screen.exception
    assert is_signed_in(screen)
    assert "赵明" in texts(screen)
