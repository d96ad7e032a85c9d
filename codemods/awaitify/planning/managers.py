"""Units of work become async: `__aenter__`, `__aexit__`, and `async with` wherever one is entered."""

from __future__ import annotations

from awaitify_transforms.edits import AsyncWith, Rename

from awaitify.analysis.managers import ENTERED, Manager
from awaitify.planning.annotations import typed_in
from awaitify.planning.functions import FunctionPlanner
from awaitify.project.index import ancestors, span_of, text_of


def plan_managers(managers: list[Manager], functions: FunctionPlanner) -> None:
    """Plans those that move; their methods are planned as other functions are."""
    draft = functions.draft
    for manager in managers:
        if not all(method in functions.colouring.colours.asyncs for method in manager.methods):
            continue
        for method in manager.methods:
            draft.add(method.file, Rename(span=span_of(method.name_node), new=ENTERED[method.name]))
            for call in method.calls:
                last = call.callee.child_by_field_name("attribute") if call.callee.type == "attribute" else None
                if last is not None and text_of(call.callee).startswith("super()") and text_of(last) in ENTERED:
                    draft.add(call.file, Rename(span=span_of(last), new=ENTERED[text_of(last)]))
        for item, function in manager.places:
            statement = next(node for node in ancestors(item) if node.type == "with_statement")
            keyword = next(child for child in statement.children if child.type == "with")
            draft.add(function.file, AsyncWith(span=span_of(keyword)))
        for cls in manager.classes:
            inits = [cls.methods["__init__"].node] if "__init__" in cls.methods else []
            for node in [cls.node, *inits]:
                for annotation in typed_in(node.child_by_field_name("body")):
                    functions.annotations.session_type(cls.file, annotation)
