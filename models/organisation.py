"""1.2 Organisation."""

from models.base import Record, Screen
from models.fields import text


class Centre(Record, table=True):
    """The tenant: one community service centre. Its `centre_id` is its own id."""

    __screen__ = Screen("Centre", "Centres", area="organisation", section="1.2", icon="home_work", titles=("name",), few=True)
    __rights__ = {"admin": "read edit", "*": "read"}

    name: str = text("Name", column=True, search=True)
