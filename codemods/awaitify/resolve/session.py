"""A language server's session: start, restart after a crash, many requests with retries."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from awaitify.resolve.model import ResolveError
from awaitify.resolve.wire import Connection, ConnectionLost, Message, NoAnswer

IN_FLIGHT = 64  # without a limit ty answers most requests with an error
ATTEMPTS = 6
RESTARTS = 1
_PAUSE = 0.05  # seconds, times the number of the attempt

Request = tuple[str, Message]


class Session:
    """Sends requests to a server and gives their results.

    initialize: the parameters of `initialize`; restore: called after each start, to open the files again.
    """

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        initialize: Message,
        restore: Callable[[Session], None],
        timeout: float,
    ) -> None:
        self._command, self._cwd, self._environment = command, cwd, environment
        self._initialize, self._restore, self._timeout = initialize, restore, timeout
        self._restarts = 0
        self._closed = False
        self._connection: Connection | None = None

    def notify(self, method: str, params: Message | None = None) -> None:
        """Sends a notification, after a start when that is due."""
        self._running().notify(method, params)

    def ask(self, requests: Sequence[Request]) -> list[Any]:
        """The results, in order. Raises ResolveError on a hang, a second crash, or a request that keeps failing."""
        results: list[Any] = [None] * len(requests)
        open_: list[int] = list(range(len(requests)))
        attempt = 0
        while open_:
            try:
                failed = self._round(requests, open_, results, max(1, IN_FLIGHT >> attempt))
            except ConnectionLost as lost:
                self._lost(lost)
                open_ = [index for index in open_ if results[index] is None]
                continue
            except NoAnswer:
                self._abandon()
                raise ResolveError(
                    f"the type checker gave no answer within {self._timeout:g} s ({' '.join(self._command)}): "
                    "run again, or raise the time limit"
                ) from None
            attempt += 1
            if failed and attempt == ATTEMPTS:
                method, message = requests[failed[0][0]][0], failed[0][1]
                raise ResolveError(
                    f"the type checker keeps failing on {method} ({len(failed)} of {len(requests)}): "
                    f"{_one_line(message)}"
                )
            open_ = [index for index, _ in failed]
            if open_:
                time.sleep(_PAUSE * attempt)
        return results

    def close(self) -> None:
        """Ends the server at once: it has nothing to save, and its own way out takes its time. May be called twice."""
        self._closed = True
        self._abandon()

    def _round(
        self, requests: Sequence[Request], indexes: Sequence[int], results: list[Any], limit: int
    ) -> list[tuple[int, str]]:
        """Asks once; fills results, gives (index, message) of those answered with an error."""
        connection = self._running()
        waiting: dict[int, int] = {}
        todo = deque(indexes)
        failed: list[tuple[int, str]] = []
        while todo or waiting:
            while todo and len(waiting) < limit:
                index = todo.popleft()
                waiting[connection.request(*requests[index])] = index
            answer = connection.answer(self._timeout)
            index = waiting.pop(answer.get("id", -1), -1)
            if index >= 0 and "error" in answer:
                failed.append((index, str(answer["error"].get("message", answer["error"]))))
            elif index >= 0:
                results[index] = answer.get("result")
        return sorted(failed)

    def _running(self) -> Connection:
        if self._closed:
            raise ResolveError("the type checker has been closed")
        if self._connection is None:
            self._connection = connection = self._started()
            connection.notify("initialized", {})
            self._restore(self)
        return self._connection

    def _started(self) -> Connection:
        while True:
            try:
                connection = Connection(self._command, self._cwd, self._environment)
            except OSError as error:
                raise ResolveError(
                    f"the type checker cannot be started ({self._command[0]}: {error.strerror}): reinstall awaitify, "
                    "or `pip install ty`"
                ) from error
            number = connection.request("initialize", self._initialize)
            try:
                while (answer := connection.answer(self._timeout)).get("id") != number:
                    pass
            except ConnectionLost as lost:
                connection.close()
                self._lost(lost)
                continue
            except NoAnswer:
                connection.close()
                raise ResolveError(f"the type checker did not start within {self._timeout:g} s") from None
            encoding = (answer.get("result") or {}).get("capabilities", {}).get("positionEncoding")
            if encoding != "utf-8":
                connection.close()
                raise ResolveError(
                    f"the type checker counts in {encoding or 'utf-16'}, not in utf-8: `pip install awaitify` anew"
                )
            return connection

    def _lost(self, lost: ConnectionLost) -> None:
        self._abandon()
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise ResolveError(f"the type checker crashed twice, last words: {_one_line(str(lost))}") from None

    def _abandon(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
