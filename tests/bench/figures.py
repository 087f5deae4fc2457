"""The figures of a run: kept by name, shown as a table, written to `bench.json`, compared with those of another run."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Better = Literal["lower", "higher"]
NOISE = 1.25
"""What is slower by more than this counts as slower when two runs are compared; and by more than `LEAST` ms."""
LEAST = 0.5


@dataclass(frozen=True)
class Figure:
    """Something measured; `rows`: of the table that it is about (0: of none)."""

    step: str
    value: float
    unit: str = "ms"
    target: float | None = None
    better: Better = "lower"
    rows: int = 0
    engine: str = "sqlite"
    median: float | None = None
    """Of the runs, where `value` is the quickest."""

    @property
    def name(self) -> str:
        """By which it is found in another run."""
        return " ".join((self.step, self.engine, *([f"{self.rows}"] if self.rows else [])))

    @property
    def missed(self) -> bool:
        """Whether it lies on the wrong side of its target."""
        if self.target is None:
            return False
        return self.value > self.target if self.better == "lower" else self.value < self.target


@dataclass
class Figures:
    """The figures of this run."""

    found: list[Figure] = field(default_factory=list)

    def add(self, step: str, value: float, **more: Any) -> None:
        self.found.append(Figure(step, value, **more))

    def time(self, step: str, work: Callable[[], Any], times: int = 15, **more: Any) -> float:
        """The quickest of some runs in milliseconds, after three that warm up: whatever else the machine does only adds to it."""
        taken = []
        for _turn in range(times + 3):
            began = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - began))
        best = min(taken[3:])
        self.add(step, best, median=round(statistics.median(taken[3:]), 3), **more)
        return best

    def write(self, path: Path) -> None:
        """As JSON: name → value, unit, target, better, rows, engine."""
        said = {one.name: {**asdict(one), "value": round(one.value, 3)} for one in self.found}
        path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def lines(self) -> Iterable[str]:
        """A line a step: a column for each database and size, and how much the largest size costs beyond the smallest."""
        columns = sorted({(one.engine, one.rows) for one in self.found if one.rows}, key=lambda one: (one[0] != "sqlite", one))
        if columns:
            yield _line("step", [f"{engine[:6]} {_short(rows)}" for engine, rows in columns] + [f"× {e[:6]}" for e in _engines(columns)])
        by_step: dict[str, dict[tuple[str, int], Figure]] = {}
        for one in self.found:
            by_step.setdefault(one.step, {})[one.engine, one.rows] = one
        for step, cells in by_step.items():
            if not all(rows for _engine, rows in cells):
                yield _line(step, [" ".join(_shown(one) for one in cells.values())])
                continue
            sizes = {engine: [rows for one, rows in columns if one == engine and (one, rows) in cells] for engine in _engines(columns)}
            ratios = [_ratio(cells[e, rows[-1]], cells[e, rows[0]]) if len(rows) > 1 else "" for e, rows in sizes.items()]
            yield _line(step, [_shown(cells[column]) if column in cells else "" for column in columns] + ratios)

    def against(self, path: Path) -> Iterable[str]:
        """What got slower and what got faster since another run."""
        before = json.loads(path.read_text("utf-8"))
        for one in self.found:
            old = before.get(one.name)
            if old is None or not old["value"] or not one.value:
                continue
            ratio = one.value / old["value"] if one.better == "lower" else old["value"] / one.value
            if max(ratio, 1 / ratio) > NOISE and abs(one.value - old["value"]) > LEAST:
                said = "slower" if ratio > 1 else "faster"
                yield f"{said:8}{one.name:70}{old['value']:10.1f} → {one.value:.1f} {one.unit} (× {ratio:.2f})"


def _engines(columns: Iterable[tuple[str, int]]) -> list[str]:
    return list(dict.fromkeys(engine for engine, _rows in columns))


def _short(rows: int) -> str:
    return f"{rows / 1000:.0f}k" if rows >= 10_000 else str(rows)


def _shown(one: Figure) -> str:
    number = f"{one.value:.0f}" if one.value >= 1000 else f"{one.value:.1f}"
    return f"{number}{'!' if one.missed else ''} {one.unit}"


def _ratio(large: Figure, small: Figure) -> str:
    return f"{large.value / small.value:.1f}" if small.value else ""


def _line(first: str, rest: Iterable[str]) -> str:
    return f"{first:44}" + "".join(f"{one:>14}" for one in rest)
