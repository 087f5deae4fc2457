"""What the centre keeps. Importing this package declares every table."""

from models import accounts, catalogue, facilities, funding, organisation, people, resources, system

__all__ = ["accounts", "catalogue", "facilities", "funding", "organisation", "people", "resources", "system"]
