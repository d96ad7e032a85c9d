"""Where a local name gets its value: assignments, loops, unpacked tuples, and FastAPI's dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tree_sitter import Node

from awaitify.analysis.implicit import is_abstract
from awaitify.analysis.loading.names import last_name, positional, walk, walk_own
from awaitify.project.expressions import is_stub_body
from awaitify.project.index import Call, File, Function, Param, ancestors, text_of

Bindings = dict[str, list[tuple[str, Node]]]
PATTERNS = ("pattern_list", "tuple_pattern", "list_pattern")
ADDING = {"append": "with", "appendleft": "with", "add": "with", "insert": "with", "extend": "is", "setdefault": "at"}
MADE = {"list", "dict", "set", "defaultdict", "OrderedDict", "deque"}
BY_KEY = ("sorted", "min", "max", "groupby")
TUPLES = ("tuple", "expression_list")


class Callees(Protocol):
    """What this module needs of the types."""

    def callees(self, function: Function, node: Node) -> list[Function]:
        """The project functions that a call may mean."""
        ...

    def aliased(self, function: Function, name: str) -> Iterator[tuple[File, Node]]:
        """What a name of a module is assigned."""
        ...


def bindings_of(function: Function) -> Bindings:
    """Name -> (how, expression) of each binding; how: "is", "in" (an element of), "0", "1"... (that item of), or
    "in 0", "in 1"... (that item of each element), "with" (one more element of a collection), "at" (of a dictionary)."""
    found: Bindings = {}
    added: Bindings = {}
    for node in walk(function.node):
        for name, how, right in _added(node):
            added.setdefault(name, []).append((how, right))
        how, left, right = _binding(node)
        if left is None or right is None:
            continue
        if left.type == "identifier":
            found.setdefault(text_of(left), []).append((how, right))
        elif left.type in PATTERNS:
            for index, item in enumerate(left.named_children):
                if item.type == "identifier":
                    found.setdefault(text_of(item), []).append((str(index) if how == "is" else f"in {index}", right))
    for name, more in added.items():
        if any(how == "is" and _is_display(right) for how, right in found.get(name, [])):
            found[name] += more
    return found


def _is_display(node: Node) -> bool:
    """A list, a set or a dictionary that the code itself makes."""
    shapes = ("list", "dictionary", "set", "list_comprehension", "dictionary_comprehension", "set_comprehension")
    return node.type in shapes or (node.type == "call" and last_name(node) in MADE)


def _added(node: Node) -> Iterator[tuple[str, str, Node]]:
    """`xs.append(x)`, `xs.extend(ys)`, `xs += ys`, `d[key] = x`."""
    if node.type == "call" and last_name(node) in ADDING and positional(node):
        callee = node.child_by_field_name("function")
        base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        if base is not None and base.type == "identifier":
            yield text_of(base), ADDING[last_name(node)], positional(node)[-1]
    if node.type not in ("augmented_assignment", "assignment"):
        return
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    if node.type == "augmented_assignment" and left.type == "identifier":
        yield text_of(left), "is", right
    elif node.type == "assignment" and left.type == "subscript" and left.named_children[0].type == "identifier":
        yield text_of(left.named_children[0]), "at", right


def _binding(node: Node) -> tuple[str, Node | None, Node | None]:
    if node.type in ("assignment", "for_statement", "for_in_clause"):
        how = "is" if node.type == "assignment" else "in"
        return how, node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type == "named_expression":
        return "is", node.child_by_field_name("name"), node.child_by_field_name("value")
    if node.type == "lambda":
        return "in", *_passed_each(node)
    return "", None, None


def _passed_each(node: Node) -> tuple[Node | None, Node | None]:
    """The parameter of a lambda that gets each element of a collection, and that collection: `sorted(xs, key=...)`."""
    parameters, parent = node.child_by_field_name("parameters"), node.parent
    call = next((item for item in ancestors(node) if item.type == "call"), None)
    if parameters is None or len(parameters.named_children) != 1 or call is None or parent is None:
        return None, None
    callee, arguments, name = call.child_by_field_name("function"), positional(call), last_name(call)
    if name in ("map", "filter") and len(arguments) == 2 and arguments[0] == node:
        return parameters.named_children[0], arguments[1]
    if parent.type != "keyword_argument" or parent.parent is None or parent.parent.parent != call:
        return None, None
    if name in BY_KEY and len(arguments) == 1:
        return parameters.named_children[0], arguments[0]
    if name == "sort" and callee is not None and callee.type == "attribute":
        return parameters.named_children[0], callee.child_by_field_name("object")
    return None, None


def parts_of(node: Node, index: int) -> Node | None:
    """What the items of unpacked elements come from: `enumerate(xs)`, `zip(xs, ys)`, `d.items()`."""
    name, arguments = (last_name(node), positional(node)) if node.type == "call" else ("", [])
    callee = node.child_by_field_name("function") if node.type == "call" else None
    if name == "enumerate" and index == 1 and arguments:
        return arguments[0]
    if name == "zip" and index < len(arguments):
        return arguments[index]
    if name == "items" and index == 1 and callee is not None and callee.type == "attribute":
        return callee.child_by_field_name("object")
    return None


def passed(call: Call, function: Function, name: str) -> Node | None:
    """The argument that a call gives to a parameter."""
    for child in call.arguments:
        key = child.child_by_field_name("name") if child.type == "keyword_argument" else None
        if key is not None and text_of(key) == name:
            return child.child_by_field_name("value")
    names = [param.name for param in function.params if not param.star]
    static = any("staticmethod" in text_of(item) for item in function.decorators)
    is_bound = call.callee.type == "attribute" or function.name in ("__call__", "__init__")
    if function.cls is not None and is_bound and names and not static:
        names = names[1:]
    arguments = positional(call.node)
    return arguments[names.index(name)] if name in names and names.index(name) < len(arguments) else None


def items(types: Callees, function: Function, node: Node, index: int) -> list[tuple[Function, Node]]:
    """The expressions that an item of an unpacked tuple comes from; [] when not all are known."""
    while node.type in ("await", "parenthesized_expression"):
        node = node.named_children[-1]
    if node.type in TUPLES:
        return [(function, node.named_children[index])] if index < len(node.named_children) else []
    callees = types.callees(function, node) if node.type == "call" else []
    found: list[tuple[Function, Node]] = []
    for callee in callees if len(callees) == 1 else []:
        for returned in returned_by(callee):
            if returned.type not in TUPLES or index >= len(returned.named_children):
                return []
            found.append((callee, returned.named_children[index]))
    return found


def returned_by(function: Function) -> list[Node]:
    """The expressions that a function returns, or that a generator dependency yields."""
    returned = [node.named_children[0] for node in function.returns if node.named_children]
    if returned:
        return returned
    yields = [node for node in walk_own(function.node) if node.type == "yield" and node.named_children]
    return [node.named_children[0] for node in yields]


def dependency_of(types: Callees, function: Function, param: Param) -> list[Function] | None:
    """The project functions behind `Depends(f)` of a parameter (a factory's inner functions for `Depends(make())`);
    None when the parameter is no dependency."""
    found = _depends(function, param, types)
    if found is None:
        return None
    node, home = found
    arguments = positional(node)
    if not arguments:
        return []
    target = arguments[0]
    if target.type == "call":
        return [item for factory in named(types, function, target, home) for item in _inner(factory)]
    return named(types, function, target, home)


def _depends(function: Function, param: Param, types: Callees) -> tuple[Node, File] | None:
    """The call of `Depends` and the file that it stands in: that of an alias may be another."""
    written = [(node, function.file) for node in (param.default, param.annotation) if node is not None]
    if param.annotation is not None and text_of(param.annotation).isidentifier():
        written += [(right, file) for file, right in types.aliased(function, text_of(param.annotation))]
    for node, file in written:
        for item in walk(node):
            if item.type == "call" and last_name(item) in ("Depends", "Security"):
                return item, file
    return None


def named(types: Callees, function: Function, node: Node, home: File | None = None) -> list[Function]:
    """The project functions that a name or call means: of one name in several files, that of the file or its import.

    home: the file that the name stands in, if it is not the function's."""
    file = home or function.file
    found = types.callees(function, node)
    if len(found) < 2:
        return found
    local = text_of(node.child_by_field_name("function") or node)
    imported = next((item for item in file.imports if item.local == local.partition(".")[0]), None)
    if imported is None:
        return [item for item in found if item.file is file and item.cls is None] or found
    spelled = {imported.module.lstrip("."), imported.name, local.rpartition(".")[0]} - {""}
    near = [item for item in found if any(item.file.module.endswith(name) for name in spelled)]
    return near or found


def _inner(factory: Function) -> list[Function]:
    """The functions inside a factory that it returns by name."""
    names = {text_of(node) for node in returned_by(factory)}
    return [item for item in factory.file.functions if item.parent is factory and item.name in names]


def is_stub(function: Function) -> bool:
    """Whether what overrides a method says what it gives."""
    return is_abstract(function) or is_stub_body(function.node.child_by_field_name("body"))
