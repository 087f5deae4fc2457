"""What the centre keeps. Importing this package declares every table."""

from sqlmodel import SQLModel

from models import accounts, assets, catalogue, facilities, funding, maintenance, organisation, people, resources, stocktakes, system

__all__ = [
    "accounts", "assets", "catalogue", "facilities", "funding", "maintenance",
    "organisation", "people", "resources", "stocktakes", "system",
]  # fmt: skip

TABLES = frozenset(SQLModel.metadata.tables)
"""The tables of the product, without those that a test declares."""
