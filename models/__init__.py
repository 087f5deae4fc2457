"""What the centre keeps. Importing this package imports each of its modules, and so declares every table."""

from importlib import import_module
from pkgutil import iter_modules

from sqlmodel import SQLModel

for found in iter_modules(__path__, f"{__name__}."):
    import_module(found.name)

TABLES = frozenset(SQLModel.metadata.tables)
"""The tables of the product, without those that a test declares."""
