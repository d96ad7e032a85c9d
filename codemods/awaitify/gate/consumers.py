"""Who may receive an async function, or a coroutine, without an await in front of it. Data only."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Take a coroutine, and await or schedule it.
TAKES_COROUTINE = _words(
    "run run_until_complete create_task gather ensure_future wait_for wait shield as_completed "
    "run_coroutine_threadsafe iscoroutine isawaitable start_soon add_done_callback"
)
# Take an async generator or an async context manager.
TAKES_GENERATOR = _words(
    "aiter anext aclosing StreamingResponse EventSourceResponse asyncgen isasyncgen enter_async_context "
    "asynccontextmanager iter_async"
)
TAKES_MANAGER = _words("enter_async_context push_async_exit aclosing")
# Ask `iscoroutinefunction` first, so that a plain function or a lambda which returns a coroutine is lost on them.
ASKS_FUNCTION = _words(
    "Depends Security add_task add_api_route add_api_websocket_route add_route add_websocket_route add_event_handler "
    "add_exception_handler BackgroundTask Route APIRoute WebSocketRoute FastAPI Starlette APIRouter Body Query "
    "FastAPIUsers exception_handler on_event"
)
# Call what they are given and await the result, or only look at it.
TAKES_FUNCTION = ASKS_FUNCTION | _words(
    "run start_soon start push_async_callback addAsyncCleanup asynccontextmanager async_to_sync syncify "
    "iscoroutinefunction isasyncgenfunction is_async_callable is_coroutine_callable signature getsource getdoc "
    "get_type_hints wraps "
    "update_wrapper isinstance callable id repr hash getattr hasattr setattr delattr object spec_set create_autospec "
    "AsyncMock fixture depends setitem patch"
)
# Keywords of mocks that take a replacement or a specification of either colour.
MOCK_KEYWORDS = _words("spec spec_set side_effect wraps new new_callable autospec lifespan")
# Give back what they were given, in effect.
TRANSPARENT = _words("partial partialmethod staticmethod classmethod cast")
# Names of maps and helpers that take functions of either colour.
REGISTRIES = re.compile(r"overrid|exception_handlers", re.IGNORECASE)
ROUTE_METHODS = _words("get post put patch delete head options trace api_route websocket middleware")
# Methods of an AsyncSession (or AsyncConnection) that are coroutines, and those that are not and not awaitable either.
SESSION_AWAITED = _words(
    "execute scalar scalars stream stream_scalars get get_one refresh merge delete flush commit rollback close aclose "
    "reset invalidate connection run_sync exec close_all delete_all merge_all"
)
SESSION_SYNC = _words(
    "add add_all expunge expunge_all expire expire_all is_modified in_transaction in_nested_transaction "
    "get_transaction get_nested_transaction get_bind identity_key object_session"
)
# Those which say by themselves that the receiver is a session; the others (get, close...) need a telling receiver.
SESSION_TELLING = _words("execute refresh flush commit rollback scalar scalars exec stream_scalars get_one")
SESSION_RECEIVERS = _words(
    "db session db_session async_session _db _session sess dbsession database_session asession adb uow"
)
RESULT_METHODS = _words(
    "all first one one_or_none scalar scalars scalar_one scalar_one_or_none fetchall fetchone fetchmany mappings "
    "unique tuples keys partitions columns freeze rowcount"
)
# Other library coroutines, asked about only because their names are cheap to look for.
LIBRARY_NAMES = _words(
    "sleep to_thread run_in_threadpool run_in_executor request post put patch head options send read write aread "
    "awrite aclose begin_nested form body json call_next accept receive receive_text receive_json send_text send_json "
    "enter_async_context wait_for execution_options dispose"
)
# Async managers that a plain `with` cannot enter: classes, and methods that return one.
ASYNC_MANAGERS = (
    "AsyncSession", "AsyncConnection", "AsyncSession.begin", "AsyncSession.begin_nested", "AsyncEngine.begin",
    "AsyncEngine.connect", "AsyncConnection.begin", "AsyncConnection.begin_nested", "async_sessionmaker.begin",
    "async_sessionmaker.__call__", "async_sessionmaker", "AsyncClient",
)  # fmt: skip
ASYNC_DUNDERS = _words("__aenter__ __aexit__ __anext__ __aiter__ __call__ __await__")
