"""What the centre keeps. Importing this package declares every table."""

from models import accounts, organisation, system

__all__ = ["accounts", "organisation", "system"]
