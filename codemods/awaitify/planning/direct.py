"""The edits of calls that become a client of another library around one statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import (
    AddArgument,
    AwaitCall,
    DropArgument,
    InsertCode,
    Rename,
    ReplaceExpression,
    WrapStatement,
)

from awaitify.analysis.direct.handlers import parts
from awaitify.analysis.direct.model import Caught, Change, Direct
from awaitify.analysis.direct.watchers import BESIDE, PACKAGE
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.scope import reached
from awaitify.analysis.target_tests.fakes import imported
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Function, is_within, span_of, text_of

NAMES = ("client", "http_client", "httpx_client", "async_client")

DIFFERENCES = (
    "calls of requests are calls of {} now: its User-Agent, JSON without spaces, SSL_CERT_FILE instead of "
    'REQUESTS_CA_BUNDLE, no .netrc, auth= as UTF-8; http = "to_thread" leaves them as they were'
)


TRACED = (
    "OpenTelemetry traces httpx now as it does requests: other calls of httpx in this process get spans and headers too"
)


@dataclass(eq=False)
class DirectCalls:
    """packages: the distributions that the new calls need; libraries: what they are calls of."""

    packages: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)
    is_traced: bool = False

    def told(self) -> list[Reason]:
        """What no reading of the code can tell: how the two libraries differ on the outside."""
        names = " and ".join(sorted(self.libraries))
        told = [Reason("other-client", DIFFERENCES.format(names))] if names else []
        return [*told, Reason("other-client", TRACED)] if self.is_traced else told

    def trace(self, effects: Effects, draft: Draft) -> None:
        """The tracing of the new calls, beside that of the old ones, unless the project has it."""
        there = any(next(imported(file, {BESIDE[0]}), "") for file in effects.resolution.project.files)
        for watcher in effects.watchers or () if self.libraries and not there else ():
            draft.add_import(watcher.file, *BESIDE)
            draft.add(watcher.file, InsertCode(span=span_of(watcher.statement), code=watcher.code))
            self.packages.add(PACKAGE)
            self.is_traced = True

    def plan(self, direct: Direct, draft: Draft, once: tuple[str, str] | None = None) -> None:
        """The client around the statement, the call on it, and what its uses and handlers become. once: an argument of
        every client, and the variable for it."""
        call, file = direct.call, direct.call.file
        self.packages.add(direct.library)
        self.libraries.add(direct.library)
        library = direct.library
        draft.add_import(file, library)
        name = _free_name(file)
        options = list(direct.options)
        if once is not None and not any(option.startswith(f"{once[0]}=") for option in options):
            options.insert(0, "=".join(once))
        code = f"{library}.AsyncClient({', '.join(options)})"
        draft.add(file, WrapStatement(span=span_of(direct.statement), code=code, name=name))
        draft.add(file, ReplaceExpression(span=span_of(call.callee), code=f"{name}.{direct.method}"))
        if direct.word:
            draft.add(file, AddArgument(span=span_of(call.node), code=f'"{direct.word}"'))
        for dropped in direct.drops:
            draft.add(file, DropArgument(span=span_of(call.node), name=dropped))
        draft.add(file, AwaitCall(span=span_of(call.node)))
        for change in direct.changes:
            _change(change, library, file, draft)
        _forget_requests(file, draft)


def plan_caught(function: Function, effects: Effects, moving: set[Function], draft: Draft) -> None:
    """The handlers of a function around calls that raise another library's exceptions now: those come in the place of
    requests' own where nothing in the block raises these any more, else beside them."""
    by_types: dict[int, Caught] = {item.types.id: item for item in effects.caught.get(function, ())}
    for caught in by_types.values():
        inside = [item for item in effects.of(function) if is_within(item.call.node, caught.body)]
        stays = any(_still_raises(item, effects, moving) for item in inside)
        codes: list[str] = []
        for part in parts(caught.types):
            new = next((also for node, also in caught.also if node == part), ())
            codes += [text_of(part)] if stays or not new else []
            codes += new
        codes = [code.replace("LIB.", f"{caught.library}.") for code in dict.fromkeys(codes)]
        draft.add_import(function.file, caught.library)
        if any(code.startswith("json.") for code in codes):
            draft.add_import(function.file, "json")
        code = codes[0] if len(codes) == 1 else f"({', '.join(codes)})"
        draft.add(function.file, ReplaceExpression(span=span_of(caught.types), code=code))
        _forget_requests(function.file, draft)


def _still_raises(effect: Effect, effects: Effects, moving: set[Function]) -> bool:
    """Whether a call may still raise what requests raises."""
    for item in reached(effect, effects):
        if item.detail.startswith("requests.exceptions."):
            return True
        is_ours = item.call in effects.direct and item.call.function in moving
        is_call = item.detail.startswith("requests.") and item.kind != "harmless"
        if (is_call and not is_ours) or item.kind in ("unresolved", "unclassified"):
            return True
    return False


def _forget_requests(file: File, draft: Draft) -> None:
    for item in file.imports:
        if (item.module or item.name).partition(".")[0] == "requests" and not item.level:
            draft.remove_import(file, item.module, item.name)


def _change(change: Change, library: str, file: File, draft: Draft) -> None:
    if change.rename:
        draft.add(file, Rename(span=span_of(change.node), new=change.code))
        return
    if "json.JSONDecodeError" in change.code:
        draft.add_import(file, "json")
    code = change.code.replace("LIB.", f"{library}.")
    draft.add(file, ReplaceExpression(span=span_of(change.node), code=code, holes=tuple(map(span_of, change.holes))))


def _free_name(file: File) -> str:
    """What the client is called: nothing in the file has this name."""
    used = set(file.words) | {item.local for item in file.imports}
    return next((name for name in NAMES if name not in used), "requests_client")
