"""What the centre keeps. Importing this package declares every table."""

from models import accounts, assets, catalogue, facilities, funding, maintenance, organisation, people, resources, stocktakes, system

__all__ = [
    "accounts", "assets", "catalogue", "facilities", "funding", "maintenance",
    "organisation", "people", "resources", "stocktakes", "system",
]  # fmt: skip
