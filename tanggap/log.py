"""The log: to stderr, one line an event, JSON unless a person is looking.

Nothing of a citizen and no secret may stand in it. Our own events carry keys, ids and numbers.
Of an exception only its type and our own lines are written, never its text and never values of
variables: what a library says may quote an address, a URL with a token, or a row.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_TALKATIVE = ("httpx", "httpcore", "telegram", "imapclient", "alembic", "asyncio", "mail.log")
"""httpx prints the URL with the bot's token; imapclient prints what it reads."""
_OURS = ("channels", "ingest", "notifier", "pipeline", "reports", "simulator", "store", "tanggap")


def set_up(*, level: int = logging.INFO) -> None:
    """Route structlog and the libraries' logging to stderr, and both hooks for what is uncaught."""
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_exception_text,
    ]
    renderer = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, drop_foreign_text],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def drop_exception_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the exception's type and place where its traceback would have been printed."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__qualname__, place(error)
    event.pop("stack_info", None)
    return event


def drop_foreign_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of a library's own message keep the sentence as it stands in its source, never the values
    that it was filled with, nor one that was put together before it came here.
    """
    record = event["_record"]
    if record.name.split(".")[0] not in _OURS:
        sentence = record.msg if isinstance(record.msg, str) and "%" in record.msg else record.name
        event["event"] = sentence
        event.setdefault("where", f"{record.module}:{record.lineno}")
    return event


def place(error: BaseException) -> str:
    """The innermost lines, as `module:line` joined by " < ": where, and nothing of what."""
    lines = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        lines.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(lines[-6:]))


def _uncaught(kind: type[BaseException], error: BaseException, _trace: object) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        structlog.get_logger("tanggap").critical("uncaught", exc_info=error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        name = args.thread.name if args.thread else ""
        structlog.get_logger("tanggap").critical("uncaught", thread=name, exc_info=args.exc_value)
