"""The transforms, in the order in which several edits of one node apply: a line and a reason each."""

from __future__ import annotations

import libcst as cst

from awaitify_transforms import (
    add_argument,
    add_decorator,
    add_import,
    add_parameter,
    async_comprehension,
    async_for,
    async_with,
    await_call,
    await_method,
    await_read,
    bridge_call,
    build_query,
    drop_argument,
    drop_decorator,
    enter_rest,
    execute_query,
    insert_code,
    list_generator,
    load_options,
    make_async,
    name_parts,
    read_in_thread,
    remove_import,
    rename,
    replace_expression,
    replace_statement,
    return_after,
    select_query,
    thread_block,
    unwrap_call,
    wrap_statement,
    yield_each,
)
from awaitify_transforms import edits as e
from awaitify_transforms.base import Transform, by_keyword, by_module, by_name, by_span, by_start

ORDER: tuple[Transform, ...] = (
    # A name alone: nothing else applies to a Name.
    Transform(e.Rename, rename.NODES, by_span, rename.apply),
    # An object has its final name before it is opened.
    Transform(e.AwaitMethod, await_method.NODES, by_span, await_method.apply),
    # An iterated `db.query(A)` is a select before it is executed.
    Transform(e.SelectQuery, select_query.NODES, by_span, select_query.apply),
    # An iterated `q.with_entities(A)` too; a call gets its arguments before it is awaited.
    Transform(e.BuildQuery, build_query.NODES, by_span, build_query.apply),
    Transform(e.AddArgument, add_argument.NODES, by_span, add_argument.apply),
    Transform(e.DropArgument, drop_argument.NODES, by_span, drop_argument.apply),
    # The loader options belong to the select, whatever executes it afterwards.
    Transform(e.LoadOptions, load_options.NODES, by_span, load_options.apply),
    # A call that is bridged no more is the function's call before it is awaited.
    Transform(e.UnwrapCall, unwrap_call.NODES, by_span, unwrap_call.apply),
    # These five give the expression its final form, so a node has at most one of them.
    Transform(e.ExecuteQuery, execute_query.NODES, by_span, execute_query.apply, exclusive=True),
    Transform(e.BridgeCall, bridge_call.NODES, by_span, bridge_call.apply, exclusive=True),
    Transform(e.AwaitCall, await_call.NODES, by_span, await_call.apply, exclusive=True),
    Transform(e.AwaitRead, await_read.NODES, by_span, await_read.apply, exclusive=True),
    Transform(e.ReplaceExpression, replace_expression.NODES, by_span, replace_expression.apply, exclusive=True),
    # What is iterated is made before it is read.
    Transform(e.ReadInThread, read_in_thread.NODES, by_span, read_in_thread.apply),
    # Words of a clause or statement: before the statement as a whole is moved or copied.
    Transform(e.AsyncComprehension, async_comprehension.NODES, by_keyword, async_comprehension.apply, exclusive=True),
    Transform(e.ListGenerator, list_generator.NODES, list_generator.by_clause, list_generator.apply, exclusive=True),
    Transform(e.AsyncFor, async_for.NODES, by_keyword, async_for.apply, exclusive=True),
    Transform(e.AsyncWith, async_with.NODES, by_keyword, async_with.apply, exclusive=True),
    Transform(e.AddParameter, add_parameter.NODES, by_name, add_parameter.apply),
    Transform(e.DropDecorator, drop_decorator.NODES, by_name, drop_decorator.apply),
    Transform(e.AddDecorator, add_decorator.NODES, by_name, add_decorator.apply),
    Transform(e.MakeAsync, make_async.NODES, by_name, make_async.apply, exclusive=True),
    # A statement is replaced before something is put beside what it became.
    Transform(e.ThreadBlock, thread_block.NODES, by_start, thread_block.apply, exclusive=True),
    Transform(e.ReplaceStatement, replace_statement.NODES, by_start, replace_statement.apply, exclusive=True),
    Transform(e.WrapStatement, wrap_statement.NODES, by_start, wrap_statement.apply),
    Transform(e.YieldEach, yield_each.NODES, by_start, yield_each.apply),
    Transform(e.NameParts, name_parts.NODES, by_start, name_parts.apply),
    Transform(e.ReturnAfter, return_after.NODES, by_start, return_after.apply),
    Transform(e.InsertCode, insert_code.NODES, by_start, insert_code.apply),
    # A block is taken in when each of its statements is done.
    Transform(e.EnterRest, enter_rest.NODES, enter_rest.by_member, enter_rest.apply),
    # Imports last: whether a name is still used shows only in the rewritten file.
    Transform(e.AddImport, (cst.Module,), by_module, add_import.apply),
    Transform(e.RemoveImport, (cst.Module,), by_module, remove_import.apply),
)
