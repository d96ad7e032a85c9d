"""The decisions that transforms obey: frozen, JSON-ready, and without syntax trees.

Every span is a pair of byte offsets, start and end, into the canonical UTF-8 source (no byte order mark).
"""

from __future__ import annotations

from dataclasses import dataclass

from awaitify_transforms.edit import Edit as Edit
from awaitify_transforms.edit import Span as Span
from awaitify_transforms.edit import edit_from_json as edit_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAsync(Edit):
    """`def f` becomes `async def f`. span: the function's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDecorator(Edit):
    """`def f`, or a class, gets one more decorator, above those that it has. span: its name. code: without the `@`."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitCall(Edit):
    """`f(x)` becomes `await f(x)`, in parentheses where the position needs them. span: the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitMethod(Edit):
    """`x` becomes `(await x.METHOD())`. span: the expression."""

    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitRead(Edit):
    """`x.name` becomes `await x.name()`, in parentheses where the position needs them. span: the attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDecorator(Edit):
    """`def f` loses its only decorator. span: the function's name. code: without the `@`."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterRest(Edit):
    """`x = f()` becomes `async with f() as x:` around the rest of its block. span: the statement. name: x."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncWith(Edit):
    """`with a as b:` becomes `async with a as b:`. span: the keyword `with`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncFor(Edit):
    """`for a in b:` becomes `async for a in b:`. span: the keyword `for` of the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncComprehension(Edit):
    """`[a for a in b]` becomes `[a async for a in b]`. span: the keyword `for` of the clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGenerator(Edit):
    """`f(a for b in c)` becomes `f([a for b in c])`. span: the keyword `for` of the first clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Edit):
    """One identifier gets another name: a name, an attribute's last part, an imported name. span: that identifier."""

    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceExpression(Edit):
    """An expression is replaced by code. span: the expression. `{0}`, `{1}` in code stand for the (already rewritten)
    expressions at `holes[0]`, `holes[1]`, which lie inside the span."""

    code: str
    holes: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectQuery(Edit):
    """`session.query(A, B)` becomes `select(A, B)`. span: the call of query."""

    select: str = "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteQuery(Edit):
    """A terminal call on a legacy query, or the query that is iterated, becomes an awaited execution.

    span: the terminal call (`q.first()`), or the query itself when consumer is "iterate".
    consumer: first, all, one, one_or_none, scalar, count, get, delete, update, exists, iterate, contains (`x in q`),
    getitem (`q[a:b]`).
    query: the span of the receiver. session: the code of the session. shape: "entity" (one mapped entity), "column"
    (rows without any entity), "rows" (several elements, at least one an entity). unique: emit `.unique()`.
    entity: code of the mapped class (get, delete, update). criteria: spans of the filter arguments (delete, update).
    stored: the criteria are those of a query in a variable. narrowed: the query has a limit or an offset already.
    stream: rows are fetched as they are looped over (yield_per); the loop becomes async by another edit.
    select, func, delete, update: the names under which the file knows these functions of SQLAlchemy.
    """

    consumer: str
    query: Span
    session: str
    shape: str = "entity"
    unique: bool = True
    entity: str = ""
    criteria: tuple[Span, ...] = ()
    stored: bool = False
    narrowed: bool = False
    stream: bool = False
    select: str = "select"
    func: str = "func"
    delete: str = "delete"
    update: str = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions(Edit):
    """`select(A)` (or `session.query(A)`) becomes `select(A).options(selectinload(A.b))`. span: that call.
    options: the code of each loader option."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildQuery(Edit):
    """A builder of a legacy query that a select spells otherwise. span: its call (`q.statement`: the attribute).

    form: "method" (called name), "filter_by" (`.where(entity.x == y)`), "option" (`.execution_options(name=...)`),
    "drop", "union" (name: what the file calls SQLAlchemy's function; entity: the class, "" for columns; alias: the
    name that the class over the union gets, if anything needs one)."""

    form: str
    name: str = ""
    entity: str = ""
    alias: str = ""
    select: str = "select"
    aliased: str = "aliased"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParameter(Edit):
    """`def f(x)` becomes `def f(NAME, x)`. span: the function's name. annotation: code, or ""."""

    name: str
    annotation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddArgument(Edit):
    """`f(x)` becomes `f(CODE, x)`; with keyword, `f(x, KEYWORD=CODE)`. span: the call."""

    code: str
    keyword: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropArgument(Edit):
    """`f(x, NAME=y)` becomes `f(x)`. span: the call."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeCall(Edit):
    """`f(x, k=y)` becomes `await RUNNER(f, x, k=y)`. span: the call.
    runner: `asyncio.to_thread`, `run_in_threadpool`, or `db.run_sync`. drop: the span of the argument that the runner
    supplies itself (the session, for run_sync), or ()."""

    runner: str
    drop: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInThread(Edit):
    """An iterable becomes `await RUNNER(list, iterable)`. span: the iterable. runner as in BridgeCall."""

    runner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadBlock(Edit):
    """A block over a blocking resource becomes a nested function that runs in a thread once.
    span: the statement (`with open(...) as f: ...`). name: the function's name. runner as in BridgeCall.
    outputs: names that the block binds and that are read after it (returned as a tuple and assigned).
    shared: names that it binds and that the function binds too; returns: the function ends with what the block returns.
    tail: a statement behind the block that moves with it.
    gap: put a blank line before the function if there is none (it is not the first statement of its block)."""

    runner: str
    name: str
    outputs: tuple[str, ...] = ()
    gap: bool = False
    shared: tuple[str, ...] = ()
    returns: bool = False
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddImport(Edit):
    """`from MODULE import NAME [as ALIAS]`, or `import MODULE` when name is empty. span: (0, 0)."""

    module: str
    name: str = ""
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveImport(Edit):
    """The import of this name goes, if nothing in the rewritten file uses it any more. span: (0, 0)."""

    module: str
    name: str = ""
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertCode(Edit):
    """Statements beside an existing one. span: (start, end) of that statement (a decorated def: from its first
    decorator). where: "before" or "after". code: dedented statements; they get the indentation of the place."""

    code: str
    where: str = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceStatement(Edit):
    """A statement becomes other statements (none, to remove it). span and code as in InsertCode."""

    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapStatement(Edit):
    """A statement moves into `async with CODE as NAME:`. span: the statement."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldEach(Edit):
    """`yield from b` becomes `for NAME in b: yield NAME`. span: the statement. asynchronous: b is an async iterable."""

    name: str
    asynchronous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAfter(Edit):
    """`return value` gets a statement before it, which may use the value. span: the statement; code: that statement;
    name: what the value is bound to first, "" where it has a name; read: the method of it that is bound instead."""

    code: str
    name: str = ""
    read: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts(Edit):
    """`f(a, b)` becomes `NAME = b` and `f(a, NAME)`. span: the statement. names, parts: what each of the (rewritten)
    expressions at these spans is bound to before it."""

    names: tuple[str, ...]
    parts: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwrapCall(Edit):
    """`runner(f, x)` becomes `f(x)`: a bridge that is no longer needed. span: the call."""
