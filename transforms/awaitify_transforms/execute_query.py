"""A terminal call on a legacy query, or the query that is iterated, becomes an awaited execution with the same result.

Why: AsyncSession has no Query; a `select` is executed by the session, and its result is read without `await`.

Before:

    user = db.query(User).filter(User.id == key).first()
    total = db.query(User).count()
    db.query(User).filter(User.old).delete()

After (SelectQuery makes `select(User)` of `db.query(User)`):

    user = await db.scalar(select(User).filter(User.id == key).limit(1))
    total = await db.scalar(select(func.count()).select_from(select(User).subquery()))
    await db.execute(delete(User).where(User.old))

Rows of columns stay rows; `.unique()` does what a legacy query does silently. A chain over several lines keeps its
lines and comments. It will not take `get` after a filter, nor anything that the plan did not name.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import awaited, expression, fill
from awaitify_transforms.chains import chained, laid_out, with_comments
from awaitify_transforms.edits import ExecuteQuery

NODES = (cst.BaseExpression,)
WHOLE = ("iterate", "contains")  # the node is the query itself


def apply(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    """Raises TransformError for a consumer it does not know, or arguments that have no place in the new call."""
    try:
        consumer = CONSUMERS[edit.consumer]
    except KeyError:
        raise TransformError(f"unknown consumer {edit.consumer}") from None
    whole = edit.consumer in (*WHOLE, "getitem")
    if not whole and not (isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)):
        raise TransformError(f"not a call of {edit.consumer}")
    return consumer(node, edit, context)


def _query(edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    query = context.result(edit.query)
    if not isinstance(query, cst.BaseExpression):
        raise TransformError("the query is not an expression")
    return query


def _rows(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    """first, all, one, one_or_none, scalar, iterate, contains: execute, then read the buffered result."""
    whole = edit.consumer in WHOLE
    query = node.with_changes(lpar=[], rpar=[]) if whole else _query(edit, context)
    if isinstance(node, cst.Call) and node.args and not whole:
        raise TransformError(f"{edit.consumer} with arguments")
    if edit.consumer == "scalar" and edit.shape == "aggregate":
        scalar = _call("{session}.scalar({q})", _parts(edit, query))
        return _awaited(with_comments(scalar, _dot(node)), node, context)
    if edit.consumer == "first":
        query = chained(query, "limit", [cst.Arg(cst.Integer("1"))], _dot(node))
        if edit.shape == "entity":
            return _awaited(_call("{session}.scalar({q})", _parts(edit, query)), node, context)
    execution = _execution(edit, query)
    if edit.consumer != "first" and not whole:
        execution = with_comments(execution, _dot(node))
    return _read(execution, _reader(edit), node, context)


def _execution(edit: ExecuteQuery, query: cst.BaseExpression) -> cst.Call:
    method = "scalars" if edit.shape == "entity" else "execute"
    if edit.stream:
        method = "stream_scalars" if edit.shape == "entity" else "stream"
    return _call(f"{{session}}.{method}({{q}})", _parts(edit, query))


def _parts(edit: ExecuteQuery, query: cst.BaseExpression) -> dict[str, cst.CSTNode]:
    return {"session": expression(edit.session), "q": query}


def _call(code: str, holes: dict[str, cst.CSTNode]) -> cst.Call:
    call = fill(code, holes)
    assert isinstance(call, cst.Call)
    return call


def _dot(node: cst.CSTNode) -> cst.Dot:
    assert isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)
    return node.func.dot


def _reader(edit: ExecuteQuery) -> tuple[str, ...]:
    """The methods that read the result."""
    unique = ("unique",) if edit.unique and edit.shape in ("entity", "rows") and edit.consumer != "first" else ()
    if edit.consumer == "iterate":
        return unique
    if edit.consumer in ("contains", "getitem"):
        return (*unique, "all")
    if edit.consumer == "scalar":
        return (*unique, "one_or_none" if edit.shape == "entity" else "scalar_one_or_none")
    return (*unique, edit.consumer)


def _read(
    execution: cst.Call, methods: tuple[str, ...], node: cst.BaseExpression, context: Context
) -> cst.BaseExpression:
    """`(await execution).unique().all()`; the parentheses of the original become those of the await."""
    if not methods:
        return _awaited(execution, node, context)
    result: cst.BaseExpression = awaited(laid_out(execution, node, context), context)
    result = result.with_changes(lpar=node.lpar or [cst.LeftParen()], rpar=node.rpar or [cst.RightParen()])
    for method in methods:
        result = chained(result, method, [])
    return result


def _awaited(call: cst.Call, node: cst.BaseExpression, context: Context) -> cst.BaseExpression:
    return awaited(laid_out(call, node, context).with_changes(lpar=node.lpar, rpar=node.rpar), context)


def _getitem(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    """`q[a:b]` is a list, `q[i]` its element; a Query sees by itself that `q[5:3]` is empty, the database does not."""
    if not isinstance(node, cst.Subscript) or len(node.slice) != 1:
        raise TransformError("not one index of a query")
    index = node.slice[0].slice
    query = _query(edit, context)
    if isinstance(index, cst.Index):
        number = cst.Module([]).code_for_node(index.value)
        stop = str(int(number) + 1) if number.isdigit() else f"({number}) + 1"
        part = f"{{q}}.slice({number}, {stop})" if number != "0" or edit.narrowed else "{q}.limit(1)"
        tail = "[0]"
    else:
        part, tail = _sliced(index, edit.narrowed), _step(index)
    bare = node.with_changes(lpar=[], rpar=[])
    result = _read(_execution(edit, fill(part, {"q": query})), _reader(edit), bare, context)
    if tail:
        result = fill(f"{{rows}}{tail}", {"rows": result})
    return result.with_changes(lpar=node.lpar, rpar=node.rpar)


def _sliced(index: cst.BaseSlice, narrowed: bool) -> str:
    """The builders for a slice; `narrowed` has a limit already, which `.limit()` would replace."""
    if not isinstance(index, cst.Slice):
        raise TransformError("not a slice")
    start, stop = (
        cst.Module([]).code_for_node(part) if part is not None else "" for part in (index.lower, index.upper)
    )
    if not start and not stop:
        return "{q}"
    if narrowed or (start and stop):
        is_ordered = not start or not stop or (start.isdigit() and stop.isdigit() and int(start) <= int(stop))
        return (
            f"{{q}}.slice({start or None}, {stop or None})"
            if is_ordered
            else f"{{q}}.slice({start}, max({start}, {stop}))"
        )
    return f"{{q}}.offset({start})" if start else f"{{q}}.limit({stop})"


def _step(index: cst.BaseSlice) -> str:
    """A Query takes its step from the rows that it has fetched."""
    step = index.step if isinstance(index, cst.Slice) else None
    return f"[::{cst.Module([]).code_for_node(step)}]" if step is not None else ""


def _count(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    counted = chained(_query(edit, context), "subquery", [], _dot(node))
    count = _call(f"{edit.select}({edit.func}.count()).select_from({{counted}})", {"counted": counted})
    call = _call("{session}.scalar({q})", _parts(edit, laid_out(count, node, context)))
    return _awaited(call, node, context)


def _exists(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    """query is q of `session.query(q.exists()).scalar()`, or the whole receiver, which is a select already then."""
    query = _query(edit, context)
    whole = isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.value is query
    code = "{session}.scalar({q})" if whole else f"{{session}}.scalar({edit.select}({{q}}.exists()))"
    return _awaited(_call(code, _parts(edit, query)), node, context)


def _get(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    assert isinstance(node, cst.Call)
    options = _get_options(_query(edit, context))
    entity = cst.Arg(expression(edit.entity), comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    call = node.with_changes(func=expression(f"{edit.session}.get"), args=[entity, *node.args, *options])
    if isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
        entity = entity.with_changes(comma=cst.Comma(whitespace_after=node.whitespace_before_args))
        call = call.with_changes(args=[entity, *node.args, *options])
    return awaited(call, context)


def _get_options(query: cst.BaseExpression) -> list[cst.Arg]:
    """`options=[...]`, `with_for_update=True` and the like, for what stands between query() and get()."""
    result: list[cst.Arg] = []
    while isinstance(query, cst.Call) and isinstance(query.func, cst.Attribute):
        method = query.func.attr.value
        if method in ("query", "select"):
            break
        if method == "options":
            result.insert(0, _keyword("options", cst.List([cst.Element(arg.value) for arg in query.args])))
        elif method in ("with_for_update", "populate_existing") and not query.args:
            result.insert(0, _keyword(method, cst.Name("True")))
        else:
            raise TransformError(f"get after {method}")
        query = query.func.value
    return result


def _keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=equal)


def _change(node: cst.BaseExpression, edit: ExecuteQuery, context: Context) -> cst.BaseExpression:
    """delete and update: a statement, and its rowcount where the value is used."""
    assert isinstance(node, cst.Call)
    arguments = _arguments(
        node, ("values", "synchronize_session") if edit.consumer == "update" else ("synchronize_session",)
    )
    statement = cst.Call(expression(edit.update if edit.consumer == "update" else edit.delete))
    statement = statement.with_changes(args=[cst.Arg(expression(edit.entity))])
    criteria = [_criterion(context.result(span), edit) for span in edit.criteria]
    if edit.stored:
        criteria = [cst.Arg(chained_attribute(_query(edit, context), "whereclause"))]
    if criteria:
        statement = _method(statement, "where", criteria)
    if "values" in arguments:
        statement = _method(statement, "values", [cst.Arg(arguments["values"])])
    if "synchronize_session" in arguments:
        keyword = _keyword("synchronize_session", arguments["synchronize_session"])
        statement = _method(statement, "execution_options", [keyword])
    call = _call("{session}.execute({q})", _parts(edit, statement))
    if isinstance(context.parent, cst.Expr):
        return _awaited(call, node, context)
    return _read_attribute(awaited(call, context), node)


def chained_attribute(node: cst.BaseExpression, name: str) -> cst.Attribute:
    """`node.name`."""
    return cst.Attribute(node, cst.Name(name))


def _read_attribute(node: cst.BaseExpression, original: cst.BaseExpression) -> cst.BaseExpression:
    node = node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Attribute(node, cst.Name("rowcount"), lpar=original.lpar, rpar=original.rpar)


def _method(node: cst.Call, name: str, args: list[cst.Arg]) -> cst.Call:
    return cst.Call(cst.Attribute(node, cst.Name(name)), args=args)


def _criterion(node: cst.CSTNode, edit: ExecuteQuery) -> cst.Arg:
    """A filter's argument; `name=value` of filter_by becomes `Entity.name == value`."""
    if not isinstance(node, cst.Arg):
        assert isinstance(node, cst.BaseExpression)
        return cst.Arg(node)
    if node.keyword is None:
        return cst.Arg(node.value, star=node.star)
    return cst.Arg(fill(f"{edit.entity}.{node.keyword.value} == {{value}}", {"value": node.value}))


def _arguments(node: cst.Call, names: tuple[str, ...]) -> dict[str, cst.BaseExpression]:
    result: dict[str, cst.BaseExpression] = {}
    for number, arg in enumerate(node.args):
        name = arg.keyword.value if arg.keyword is not None else names[number] if number < len(names) else ""
        if name not in names or arg.star:
            raise TransformError(f"an argument of {node.func.attr.value} has no place")  # type: ignore[attr-defined]
        result[name] = arg.value
    if names[0] == "values" and "values" not in result:
        raise TransformError("update without values")
    return result


Consumer = Callable[[cst.BaseExpression, ExecuteQuery, Context], cst.BaseExpression]

CONSUMERS: dict[str, Consumer] = {
    **dict.fromkeys(("first", "all", "one", "one_or_none", "scalar", *WHOLE), _rows),
    "getitem": _getitem,
    "count": _count,
    "exists": _exists,
    "get": _get,
    "delete": _change,
    "update": _change,
}
