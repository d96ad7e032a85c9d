"""Where functions are used as values: passed on, stored, put in a table. An async function there needs care."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.background import handed_over
from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.threaded import threads
from awaitify.analysis.wrapping.shape import uses_of
from awaitify.plan_model import Reason
from awaitify.project.index import Function, ancestors, text_of


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a function that is not a call, an import, or one of FastAPI's own places."""

    file: str
    line: int
    text: str
    context: str

    @property
    def reason(self) -> Reason:
        """Why a function that is used so keeps its sync form."""
        return Reason("used-as-value", f"{self.text} is passed on as a value ({self.context})", self.file, self.line)


def references_of(
    functions: Collection[Function], resolution: Resolution, entries: Entries, apart: Collection[int] = ()
) -> dict[Function, list[Reference]]:
    """The uses as values of each function, outside the tests and but for the nodes of these ids."""
    by_name: dict[str, list[Function]] = defaultdict(list)
    for function in functions:
        by_name[function.name].append(function)
    depends = {site.argument.id for site in entries.sites if site.argument is not None} | _registered(entries)
    depends.update(apart)
    depends |= _returned_by_makers(entries)
    found: dict[Function, list[Reference]] = defaultdict(list)
    for file in resolution.project.files:
        if file.is_test:
            continue
        nodes = [node for node in file.named(*by_name) if _is_value(node, depends)]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            for target in targets:
                function = resolution.function_of(target)
                if (
                    function in functions
                    and function is not None
                    and target.offset != _own_offset(node, file.path, target.path)
                    and not _is_before(node, function)
                ):
                    found[function].append(
                        Reference(file.source.relative, node.start_point[0] + 1, text_of(node), _context(node))
                    )
    return found


def judged_elsewhere(effects: Effects) -> set[int]:
    """The ids of uses that are no values: functions that run after the response, in a thread or in `run_sync`, and all
    that stands in copies, which are made anew or go."""
    later = [call for call, effect in effects.by_call.items() if effect.kind == "schedules"]
    found = {node.id for call in later if (node := handed_over(call)) is not None}
    found |= {node.id for effect in threads(effects) for node in effect.call.arguments[:2]}
    found |= {call.arguments[0].id for call in effects.bridged}
    found |= {call.node.id for call in effects.by_call if call.is_read}
    for wrapping in effects.wrappings.all:  # by its shape, a decorator does nothing but give its wrapper
        found |= {node.id for node in uses_of(wrapping.shape.wrapper.name, wrapping.shape.taker)}
    return found | names_in(effects.copies.values())


def names_in(functions: Iterable[Function]) -> set[int]:
    """The ids of all names that stand in these functions."""
    found: set[int] = set()
    for function in functions:
        start, end = function.outer.start_byte, function.outer.end_byte
        found |= {node.id for node in function.file.names_between(start, end)}
    return found


def _returned_by_makers(entries: Entries) -> set[int]:
    """The names of nested functions that a factory of dependencies returns."""
    makers = {function.parent for function in entries.made if function.parent is not None}
    return {value.id for maker in makers for node in maker.returns for value in node.named_children[:1]}


def _registered(entries: Entries) -> set[int]:
    """The endpoints that are handed to `add_api_route` and the like."""
    found: set[int] = set()
    for call in entries.decorator_calls:
        arguments = call.child_by_field_name("arguments")
        for argument in arguments.named_children if arguments is not None else ():
            value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
            found.add((value or argument).id)
    return found


def _own_offset(node: Node, path: object, other: object) -> int:
    return node.start_byte if path == other else -1


def _is_before(node: Node, function: Function) -> bool:
    """Whether a name is read in the decorators or the signature of a function: it means another thing there, mostly a
    built-in one (`def list() -> list[Item]`), since nothing is bound yet."""
    body = function.node.child_by_field_name("body")
    return body is not None and function.outer.start_byte <= node.start_byte < body.start_byte


def _is_value(node: Node, depends: set[int]) -> bool:
    """Whether a name is read as a value, by syntax alone."""
    whole: Node = node
    parent = node.parent
    if parent is not None and parent.type == "attribute":
        if parent.child_by_field_name("attribute") != node:
            return False
        whole, parent = parent, parent.parent
    if parent is None or whole.id in depends or node.id in depends:
        return False
    if parent.type == "call" and parent.child_by_field_name("function") == whole:
        return False
    if parent.type == "keyword_argument" and parent.child_by_field_name("name") == whole:
        return False
    if parent.type in ("function_definition", "class_definition") and parent.child_by_field_name("name") == whole:
        return False
    if (
        parent.type in ("parameters", "typed_parameter", "default_parameter", "typed_default_parameter")
        and parent.named_children[0] == whole
    ):
        return False
    if parent.type == "assignment" and parent.child_by_field_name("left") == whole:
        return False
    outer = {item.type for item in (parent, *_two_up(parent))}
    if outer & {"import_from_statement", "import_statement", "aliased_import", "dotted_name"}:
        return False
    return "dependency_overrides" not in text_of(parent)


def _two_up(node: Node) -> list[Node]:
    found = []
    for ancestor in ancestors(node):
        found.append(ancestor)
        if len(found) == 2:
            break
    return found


def _context(node: Node) -> str:
    for ancestor in ancestors(node):
        if ancestor.type == "call":
            callee = ancestor.child_by_field_name("function")
            return f"in a call of {text_of(callee)}" if callee is not None else "in a call"
        if ancestor.type in ("block", "module"):
            break
    return "as a value"
