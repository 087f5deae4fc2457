"""`python -m seed`: make the demo centre in an empty database; `--scale 100` makes it a hundred times as busy."""

import argparse
import sys
import time

from seed import demo
from services.platform import migrate
from services.platform.db import engine


def main() -> int:
    """Bring the database up to date and seed it; 1 when it already holds a centre."""
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="how many times as many bookings, assets, repairs and movements")
    scale = max(1, parser.parse_args().scale)
    migrate.upgrade()
    started = time.monotonic()
    if not demo.ensure(scale=scale):
        sys.stdout.write("数据库里已有中心，未写入演示数据。/ The database already holds a centre: nothing was seeded.\n")
        return 1
    engine().dispose()
    sys.stdout.write(f"{time.monotonic() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
