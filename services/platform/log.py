"""What happened, one JSON line per event on standard error."""

import json
import logging
import secrets
import sys
from datetime import UTC, datetime

_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: time, level, logger, message, whatever `extra` holds, and the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line break at its end."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)


def start(level: int = logging.INFO) -> None:
    """Send the log of the whole process to standard error, one JSON line per event."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("streamlit") and isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    # A screen that failed is logged by `reference`, with its number.
    logging.getLogger("streamlit.error_util").setLevel(logging.CRITICAL)
    for chatty in ("uvicorn.error", "alembic", "PIL", "watchdog", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def reference(error: BaseException | None = None) -> str:
    """A short number that a person can read out (`K7Q-29F`); with an error, the log tells under it what went wrong."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(6))
    number = f"{signs[:3]}-{signs[3:]}"
    if error is not None:
        logging.getLogger("centre").error("%s", error, exc_info=error, extra={"reference": number})
    return number
