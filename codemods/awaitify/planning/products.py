"""Finishes what earlier steps left: bridges to functions that become async, and twins whose original goes."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify_transforms.edits import ReplaceExpression, ReplaceStatement, UnwrapCall
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.effects import Effect
from awaitify.analysis.threaded import given
from awaitify.planning.draft import Draft
from awaitify.planning.renaming import rename_function, twin_name
from awaitify.planning.target_tests.names import in_words
from awaitify.project.index import Call, Class, Function, span_of, text_of


@dataclass(eq=False)
class ProductPlanner:
    """Plans the calls of one draft."""

    colouring: Colouring
    draft: Draft

    def finish(self, call: Call, effect: Effect) -> None:
        """A call of a twin, or one that run_sync makes, calls the function by what it is now."""
        colours, (function, *_) = self.colouring.colours, effect.callees
        if function not in colours.asyncs:
            return
        name = twin_name(function) if function in colours.twins else function.name
        if call in self.colouring.effects.twinned:
            self._rename(call, call.callee, name)
            return
        inner = self.colouring.effects.bridged[call]
        if inner is None:
            self._rename(call, call.arguments[0], name)
            self.draft.add(call.file, UnwrapCall(span=span_of(call.node)))
        else:
            self._unwrap_lambda(call, inner, name)

    def unbridge(self, call: Call, effect: Effect) -> None:
        """`await run_in_threadpool(f, x)` becomes `await f(x)` where f is async now."""
        callee = effect.callees[0]
        if callee not in self.colouring.colours.asyncs:
            return
        runner = next(iter(self.colouring.resolution.targets[call])).name
        node = given(call, runner)
        assert node is not None
        if callee in self.colouring.colours.twins:
            rename_function(call.file, node, twin_name(callee), self.draft)
        own = call.arguments[call.arguments.index(node) :]
        if any(item.type == "keyword_argument" for item in own):
            self.draft.add(call.file, UnwrapCall(span=span_of(call.node)))
        else:
            code = f"{{0}}({', '.join(f'{{{number}}}' for number in range(1, len(own)))})"
            self.draft.add(
                call.file, ReplaceExpression(span=span_of(call.node), code=code, holes=tuple(map(span_of, own)))
            )
        name = text_of(call.callee).partition(".")[0]
        for item in call.file.imports:
            if item.local == name and name in (item.name, item.module):
                self.draft.remove_import(call.file, item.written, item.name)

    def _rename(self, call: Call, node: Node, name: str) -> None:
        last = node.child_by_field_name("attribute") or node
        if text_of(last) != name:
            rename_function(call.file, node, name, self.draft)

    def _unwrap_lambda(self, call: Call, inner: Call, name: str) -> None:
        """`db.run_sync(lambda session: f(session, x))` becomes `f(db, x)`."""
        params = call.arguments[0].child_by_field_name("parameters")
        session = text_of(call.callee).rpartition(".")[0]
        code = text_of(inner.node)
        last = inner.callee.child_by_field_name("attribute") or inner.callee
        if text_of(last) != name:
            end = last.end_byte - inner.node.start_byte
            code = code[: end - len(text_of(last))] + name + code[end:]
            own = Draft()
            rename_function(call.file, inner.callee, name, own)
            for edit in own.edits[call.file][1:]:
                self.draft.add(call.file, edit)
        code = in_words(code, {text_of(params) if params is not None else "": session})
        self.draft.add(call.file, ReplaceExpression(span=span_of(call.node), code=code))


def remove_copy(copy: Function | Class, draft: Draft) -> None:
    """The async twin of a function that becomes async itself goes."""
    draft.add(copy.file, ReplaceStatement(span=span_of(copy.outer)))
