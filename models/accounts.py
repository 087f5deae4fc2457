"""Who may sign in, and as what."""

from models.base import Record, Screen
from models.fields import Choice, choice, choices, code, reference, text, yes_no

ROLES: tuple[Choice, ...] = (
    Choice("director", "Director", "purple"),
    Choice("deputy", "Deputy director", "purple"),
    Choice("head", "Head of department", "blue"),
    Choice("clerk", "Service clerk", "teal"),
    Choice("accountant", "Accountant", "orange"),
    Choice("cashier", "Cashier", "orange"),
    Choice("hr", "Human resources", "green"),
    Choice("publicity", "Publicity", "yellow"),
    Choice("facility", "Facility keeper", "teal"),
    Choice("supervisor", "Supervisor", "red"),
    Choice("archivist", "Archivist", "grey"),
    Choice("auditor", "Auditor (read only)", "grey"),
    Choice("admin", "System administrator", "grey"),
)

READ_ONLY = frozenset({"auditor"})
"""Roles that look and never write: what everybody may do beyond looking is not for them."""

OVERSEERS = frozenset({"director", "admin", "auditor"})
"""Roles that look through what everybody in the centre did; anybody else through what they did themselves."""

LANGUAGES = (Choice("zh_CN", "中文"), Choice("en", "English"))
THEMES = (Choice("system", "As the device"), Choice("light", "Light"), Choice("dark", "Dark"))


class Account(Record, table=True):
    """A person's key to the product. The password is kept apart, in `credential`."""

    __screen__ = Screen(
        "Account", "Accounts", area="system", section="1.2", icon="key", titles=("name", "username"), second=("username",),
        few=True, sort="username", deletable=False,
        help="Who may sign in, and with which roles. An account is switched off, never deleted: its name stays in the history. "
             "The first password of a new account, or another one for whoever has forgotten it, is made under “My account”.",
        empty="Give each colleague an account of their own, so that the history says who did what.",
    )  # fmt: skip
    __rights__ = {"admin": "read create edit export", "hr director deputy auditor": "read"}

    username: str = code("Sign-in name", max_length=40, unique=True, column=True, search=True, pattern=r"[a-z][a-z0-9._-]{1,39}",
                         pattern_help="Small letters, digits, dot, dash or underscore, beginning with a letter.",
                         example="wangfang")  # fmt: skip
    name: str = text("Name", max_length=120, column=True, search=True)
    staff: int | None = reference("Staff member", "staff", column=True, unique=True, add_new=False)
    roles: list[str] = choices("Roles", ROLES, column=True, filter=True)
    active: bool = yes_no("May sign in", default=True, column=True, filter=True)
    language: str | None = choice("Language", LANGUAGES, group="Preferences", help="Empty: the language of the browser.")
    theme: str = choice("Appearance", THEMES, default="system", group="Preferences")
    large_type: bool = yes_no("Large type", group="Preferences")
