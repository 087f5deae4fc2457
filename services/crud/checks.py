"""Start-up checks of the declarations: numbered, each with what to mend. `make check` and the start of the server run them.

E0xx tables and screens, E1xx fields, E2xx states and moves, E3xx charts, E4xx rights and rules.
"""

import sys
from collections.abc import Iterable

from services.crud import checks_charts, checks_fields, checks_flows, checks_rights, checks_tables, checks_work, rules
from services.crud.checklist import CHECKS, Problem, Tables
from services.crud.registry import Table, tables
from services.platform.i18n import msg

__all__ = ["CHECKS", "Problem", "run", "run_rules"]
_PARTS = (checks_tables, checks_fields, checks_flows, checks_charts, checks_rights, checks_work)


def run(chosen: Iterable[Table] | None = None, known: Tables | None = None) -> list[Problem]:
    """Check these tables (default: all declared ones, and the rules of the areas) among the known ones."""
    known = tables() if known is None else known
    found = [
        Problem(code, f"{table.name}.{where}" if where else table.name, message)
        for table in (known.values() if chosen is None else chosen)
        for code, check in sorted(CHECKS.items())
        for where, message in check(table, known)
    ]
    return found if chosen is not None else [*found, *run_rules(known)]


def run_rules(known: Tables) -> list[Problem]:
    """Rules that the areas have registered for tables or moves that are not declared."""
    found = []
    for name, moves in rules.registered().items():
        if name not in known:
            found.append(Problem("E410", name, msg("A rule is registered for this table, but no table of that name is declared.")))
            continue
        flow = known[name].flow
        declared = {move.name for move in flow.moves} if flow else set()
        found += [
            Problem("E411", f"{name}.{move}", msg("A rule is registered for this move, but the table declares no move of that name."))
            for move in sorted(moves - declared)
        ]
    return found


def main() -> int:
    """Print what is to be mended; 1 if anything is."""
    import models  # noqa: F401  (declares every table)
    import services.areas  # noqa: F401  (registers their rules)

    problems = run()
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
