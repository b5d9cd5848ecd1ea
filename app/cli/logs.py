"""Logs of a process: ours, and those of the libraries, in one form on stderr."""

import logging
import sys

import structlog

from app.settings import Settings
from app.telemetry import configure_logging


class _IntoStructlog(logging.Handler):
    """Hands what a library logs to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
        )


def start_logging(settings: Settings) -> None:
    """Log for people at a terminal and for machines elsewhere, unless HOTSEAT_LOG_FORMAT is set."""
    json = settings.log_format == "json"
    if "log_format" not in settings.model_fields_set:
        json = not sys.stderr.isatty()
    configure_logging(level=settings.log_level, json=json)
    logging.basicConfig(level=logging.WARNING, handlers=[_IntoStructlog()], force=True)
