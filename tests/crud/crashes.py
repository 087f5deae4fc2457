"""Processes that do long work and are killed in the middle of it."""

import os
import random
import signal
import time
from collections.abc import Callable

from services.platform import db
from services.platform.settings import override
from services.worker import run_next

LEASE = 0.4
"""Seconds after which work of a killed process is taken up."""


def worker_process(*, late: float = 30) -> int:
    """A process of its own that does long work until there is none for a while; its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        # The connections belong to the process that made them.
        db._engine.cache_clear()
        until = time.monotonic() + late
        with override(job_lease_seconds=LEASE):
            while time.monotonic() < until:
                try:
                    worked = run_next(lambda: False)
                except db.DatabaseUnavailable:
                    worked = False
                if not worked:
                    time.sleep(0.02)
        status = 0
    finally:
        os._exit(status)


def kill(child: int) -> None:
    """At once, as a power cut would."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def killed_again_and_again(ended: Callable[[], bool], times: int, longest: float, seed: int = 0) -> int:
    """Start workers and kill each at a random moment, so many of them; the last one lives until `ended`. How many were killed."""
    chance, killed = random.Random(seed), 0
    until = time.monotonic() + 90
    while True:
        child = worker_process()
        live = killed >= times
        moment = time.monotonic() + (60 if live else LEASE * 0.2 + chance.random() * longest)
        while time.monotonic() < moment and not (over := ended()):
            time.sleep(0.005)
        kill(child)
        if over:
            return killed
        killed += 1
        assert time.monotonic() < until
