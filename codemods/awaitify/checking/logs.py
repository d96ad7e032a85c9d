"""Log handlers that write files: every log call on the event loop waits for them. One finding for the handler, not one
for each of hundreds of log calls."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import imported_name
from awaitify.checking.loop import Loop, place
from awaitify.findings import Finding
from awaitify.project.index import text_of

_HANDLERS = {
    "logging.FileHandler", "logging.handlers.RotatingFileHandler", "logging.handlers.TimedRotatingFileHandler",
    "logging.handlers.WatchedFileHandler", "logging.handlers.SMTPHandler", "logging.handlers.HTTPHandler",
    "logging.handlers.SocketHandler", "logging.handlers.SysLogHandler",
}  # fmt: skip
_LAST = {name.rpartition(".")[2] for name in _HANDLERS}
_CURE = "give the loggers a QueueHandler, and this handler to a QueueListener, which writes in a thread of its own"


def waiting_handlers(loop: Loop) -> Iterator[Finding]:
    """The places outside of the tests where a service makes such a handler."""
    if not any(function.is_async for function in loop.entries.route_functions):
        return
    for file in loop.effects.resolution.project.files:
        for call in file.calls if not file.is_test else ():
            name = text_of(call.callee).rpartition(".")[2]
            if name in _LAST and imported_name(call) in _HANDLERS:
                function = call.function.id if call.function is not None else ""
                message = f"{name}(...): every log call on the event loop waits for this handler"
                where = (file.source.relative, *place(file, call.node))
                yield Finding("blocking-call", *where, function, message, _CURE, "warning")
