"""The edits inside one function that becomes async."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from awaitify_transforms.edits import (
    AwaitCall,
    AwaitRead,
    BridgeCall,
    DropDecorator,
    Edit,
    MakeAsync,
    ReadInThread,
    ReplaceExpression,
    ReplaceStatement,
    SelectQuery,
    ThreadBlock,
)
from tree_sitter import Node

from awaitify.analysis.background import handed_over
from awaitify.analysis.blocks import Block, blocking_blocks, blocking_chains, files_read, is_inside
from awaitify.analysis.colour import Colouring
from awaitify.analysis.effects import Effect
from awaitify.analysis.sessions.attributes import kept_on_session
from awaitify.analysis.sessions.calls import INSIDE
from awaitify.analysis.sessions.current_uses import uses_of
from awaitify.plan_model import Reason
from awaitify.planning.annotations import SessionAnnotations
from awaitify.planning.bindings import is_bound, runner_of
from awaitify.planning.clients.edits import ClientPlanner
from awaitify.planning.current import CurrentPlanner
from awaitify.planning.current_names import on_async, said
from awaitify.planning.direct import plan_caught
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.generator_managers import plan_generator_manager
from awaitify.planning.generators import plan_generator, plan_lists, plan_readings
from awaitify.planning.inside import attached_call, inside_call
from awaitify.planning.loop_runs import plan_loop_run
from awaitify.planning.made_variables import MadeVariables
from awaitify.planning.openings import enter, open_session
from awaitify.planning.outcomes import waits
from awaitify.planning.products import ProductPlanner
from awaitify.planning.queries import QueryPlanner
from awaitify.planning.renaming import rename_doubles, rename_function, twin_name
from awaitify.planning.run_sync import name_waiting, run_sync_edit
from awaitify.planning.sentinels import retype_defaults
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.names import renamed
from awaitify.planning.wrapped import rename_decorators
from awaitify.project.expressions import outdented
from awaitify.project.index import Call, File, Function, span_of, text_of

CONTEXTS = {"begin", "begin_nested"}
TEST_KINDS = {"root", "session", "stays", "project", "opens"}


@dataclass(eq=False)
class FunctionPlanner:
    """Plans functions into a draft."""

    colouring: Colouring
    draft: Draft
    sessions: Sessions
    clients: ClientPlanner
    bridge: str = "to_thread"
    twin_edits: dict[Function, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    alias_twins: dict[str, str] = field(default_factory=dict)
    made: MadeVariables | None = None
    current: CurrentPlanner | None = None

    def __post_init__(self) -> None:
        self.annotations = SessionAnnotations(self.colouring, self.draft)
        self.queries = QueryPlanner(self.colouring, self.draft, self.sql_name)
        self.products = ProductPlanner(self.colouring, self.draft)
        self.given = self.current = self.current or CurrentPlanner(self.colouring, self.sessions)

    def plan(self, function: Function) -> None:
        """Adds all edits of the function; raises NotTwinned when one has no exact form."""
        if function.file.is_test:
            self._test(function)
        elif uses := uses_of(function, self.colouring.effects):
            self._on_current(function, [(node, self.given.use(function.file, reader)) for node, reader in uses])
        else:
            self._plan(function)

    def _on_current(self, function: Function, uses: list[tuple[Node, str]]) -> None:
        """Those of a function that works on a session which a module gives to everyone."""
        file, (start, end) = function.file, span_of(function.outer)
        own = replace(self, draft=Draft())
        own._plan(function)
        before = [edit for edit in self.draft.edits[file] if start <= edit.span[0] and edit.span[1] <= end]
        self.draft.edits[file] = [edit for edit in self.draft.edits[file] if edit not in before]
        self.twin_edits[function][:] = said(self.twin_edits[function], uses)
        for edit in on_async([*before, *own.draft.edits.pop(file, [])], uses):
            self.draft.add(file, edit)
        for other, edits in own.draft.edits.items():
            for edit in edits:
                self.draft.add(other, edit)
        self.draft.spliced.update(own.draft.spliced)

    def _plan(self, function: Function) -> None:
        if not function.is_async:
            self.draft.add(function.file, MakeAsync(span=span_of(function.name_node)))
        if function in self.colouring.effects.properties:
            self.draft.add(function.file, DropDecorator(span=span_of(function.name_node), code="property"))
        self._manager(function)
        plan_generator(function, self.colouring, self.draft)
        blocks = blocking_blocks(function, self.colouring.effects, self.colouring.colours.asyncs)
        for number, block in enumerate(blocks):
            self._block(function, block, number)
        chains = blocking_chains(function, self.colouring.effects)
        for chain in chains:
            if not is_inside(chain, blocks):
                self._chain(function, chain)
        files = files_read(function, self.colouring.effects)
        for effect in self.colouring.effects.of(function):
            if not is_inside(effect.call.node, [*blocks, *map(Block, (*chains, *files))]):
                self._effect(function, effect)
        for node in self.colouring.effects.readings.get(function, ()):
            if not is_inside(node, blocks):
                self._reading(function, node, node in files)
        for node in kept_on_session(function, self.colouring.effects):
            self.draft.add(function.file, ReplaceExpression(span=span_of(node), code=f"{text_of(node)}.sync_session"))
        self.queries.plan(function)
        self.clients.function(function, self.draft)
        plan_readings(function, self.colouring, self.draft)
        rename_decorators(function, self.colouring, self.draft)
        plan_caught(function, self.colouring.effects, self.colouring.colours.asyncs, self.draft)
        self.annotations.session_names(function)
        rename_doubles(function.file, function.outer, self.colouring, self.draft)
        retype_defaults(function, self.annotations)
        name_waiting(function, self.colouring.bridges, self.colouring.colours.bridges, self.draft)
        plan_lists(function, self.colouring, self.draft)

    def _manager(self, function: Function) -> None:
        if function in self.colouring.effects.generator_managers:
            plan_generator_manager(function, self.draft)

    def _test(self, function: Function) -> None:
        """A function of the tests awaits its session and what it calls; what blocks otherwise may go on doing so."""
        if not function.is_async:
            self.draft.add(function.file, MakeAsync(span=span_of(function.name_node)))
        own = replace(self, draft=Draft())
        for effect in self.colouring.effects.of(function):
            if effect.kind in TEST_KINDS:
                own._effect(function, effect)
        own.queries.plan(function)
        own.annotations.session_names(function)
        rename_doubles(function.file, function.outer, self.colouring, own.draft)
        names = self.colouring.tests.new_names(function, self.colouring.colours.twins)
        for edit in renamed(function, names, own.draft.edits.pop(function.file, [])):
            self.draft.add(function.file, edit)
        for file, edits in own.draft.edits.items():
            for edit in edits:
                self.draft.add(file, edit)

    def _effect(self, function: Function, effect: Effect) -> None:
        call, file = effect.call, function.file
        if effect.kind == "root":
            self.draft.add(file, SelectQuery(span=span_of(call.node), select=self.sql_name(file, "select")))
        elif effect.kind == "session" and "." in effect.detail:  # a library's function that is handed the session
            self.clients.free(effect, self.draft)
        elif effect.kind == "session" and effect.detail in INSIDE:
            self.draft.add(file, inside_call(call, self.colouring))
        elif effect.kind == "session":
            self.wait(call)
        elif effect.kind == "stays" and effect.detail.rpartition(".")[2] in CONTEXTS:
            enter(self, call)
        elif effect.kind == "opens":
            open_session(self, call, effect)
        elif effect.kind == "remove":
            self.draft.add(file, ReplaceExpression(span=span_of(call.node), code=f"await {effect.detail}.close()"))
        elif effect.kind == "native":
            self.clients.free(effect, self.draft)
        elif effect.kind == "bridge" and not plan_loop_run(effect, self.colouring, self.draft):
            self._thread(call, waits(effect))
        elif effect.kind == "attached":
            attached_call(call, self.draft)
        elif effect.kind == "project":
            self._project(call, effect)
        elif effect.kind == "wrapped" and not gives_coroutine(effect):
            self.wait(call)
        elif effect.kind == "threaded":
            self.products.unbridge(call, effect)
        elif effect.kind == "schedules":
            self._schedule(call, effect)

    def sql_name(self, file: File, name: str) -> str:
        """What SQLAlchemy's function is called in a file: another name when the file uses this one otherwise."""
        taken = any(item.name == name and item.cls is None and item.parent is None for item in file.functions)
        taken = taken or is_bound(file, name)
        for item in file.imports:
            if item.local == name:
                taken = taken or not item.module.startswith(("sqlalchemy", "sqlmodel"))
        alias = f"sql_{name}" if taken else ""
        self.draft.add_import(file, "sqlalchemy", name, alias)
        return alias or name

    def wait(self, call: Call) -> None:
        """Awaits a call, once."""
        if call.node.parent is None or call.node.parent.type != "await":
            edit = AwaitRead if call.is_read else AwaitCall
            self.draft.add(call.file, edit(span=span_of(call.node)))

    def _thread(self, call: Call, reason: str) -> None:
        runner = runner_of(call.file, self.draft, self.bridge)
        self.draft.add(call.file, BridgeCall(span=span_of(call.node), runner=runner, reason=reason))

    def _reading(self, function: Function, node: Node, opens: bool) -> None:
        """What a loop is over is read in a thread, opened there too where it is a file."""
        if opens:
            self._chain(function, node, f"list({text_of(node)})")
            return
        runner = runner_of(function.file, self.draft, self.bridge)
        self.draft.add(function.file, ReadInThread(span=span_of(node), runner=runner))

    def _chain(self, function: Function, node: Node, code: str = "") -> None:
        """`open(path).read()` runs in a thread as one expression. code: what runs there, if not the expression."""
        code = f"await {runner_of(function.file, self.draft, self.bridge)}(lambda: {outdented(node, code)})"
        self.draft.add(function.file, ReplaceExpression(span=span_of(node), code=code))

    def _block(self, function: Function, block: Block, number: int) -> None:
        if block.problem:
            raise NotTwinned(
                Reason("blocking-block", block.problem, function.file.source.relative, block.node.start_point[0] + 1)
            )
        name = _free_names(function.file)[number]
        runner = runner_of(function.file, self.draft, self.bridge)
        gap = block.node.prev_named_sibling is not None
        edit = ThreadBlock(span=span_of(block.node), runner=runner, name=name, outputs=block.outputs, gap=gap,
                           shared=block.shared, returns=block.returns,
                           tail=text_of(block.tail) if block.tail is not None else "")  # fmt: skip
        if block.tail is not None:
            self.draft.add(function.file, ReplaceStatement(span=span_of(block.tail)))
        self.draft.add(function.file, edit)

    def _project(self, call: Call, effect: Effect) -> None:
        runner = self.colouring.colours.bridges.get(call)
        if call in self.colouring.effects.bridged or call in self.colouring.effects.twinned:
            self.products.finish(call, effect)
        elif runner == "thread":
            self._thread(call, f"{effect.callees[0].id} stays sync, so it runs in a thread")
        elif runner == "run_sync":
            self.draft.add(call.file, run_sync_edit(call, effect, self.colouring.bridges))
        elif call in self.colouring.effects.stored:
            return  # nothing that is stored there changes
        elif any(callee in self.colouring.colours.asyncs for callee in effect.callees):
            twin = next((callee for callee in effect.callees if callee in self.colouring.colours.twins), None)
            if twin is not None:
                rename_function(call.file, call.callee, twin_name(twin), self.draft)
            if self.colouring.effects.generator_managers.intersection(effect.callees):
                enter(self, call)
            elif not any(callee.is_generator for callee in effect.callees) and not gives_coroutine(effect):
                self.wait(call)

    def _schedule(self, call: Call, effect: Effect) -> None:
        """`add_task(f, db)`: the function is async afterwards, and takes the same session."""
        twin = next((callee for callee in effect.callees if callee in self.colouring.colours.twins), None)
        node = handed_over(call)
        if twin is not None and node is not None:
            rename_function(call.file, node, twin_name(twin), self.draft)


def gives_coroutine(effect: Effect) -> bool:
    """Whether what is called was async before: its coroutine goes where it went, to an await or a `gather`. What a
    plain function returned for its callers to await, it awaits itself once it is async."""
    function, parent = effect.call.function, effect.call.node.parent
    is_returned = parent is not None and parent.type == "return_statement"
    hands_on = function is not None and not function.is_async and is_returned
    return bool(effect.callees) and all(callee.is_async for callee in effect.callees) and not hands_on


def _free_names(file: File) -> list[str]:
    """Names for functions that hold blocks, none of them taken."""
    taken = set(file.words)
    names = ["run_blocking", *(f"run_blocking_{number}" for number in range(2, 99))]
    return [name for name in names if name not in taken]
