"""Where the target's tests name a provider as the key of an override."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Class, File, Function, ancestors, text_of

SETTERS = {"setdefault", "setitem", "__setitem__"}
READERS = {"pop", "get", "delitem", "__delitem__", "__contains__"}


@dataclass(eq=False, slots=True)
class OverrideKey:
    """One use of a provider as a key. node: the key; value: what it is overridden by, or None (`pop`, `del`);
    statement: the whole statement; pair: the `key: value` of a dictionary, if it is one."""

    file: File
    node: Node
    provider: Function
    statement: Node
    value: Node | None = None
    pair: Node | None = None


def find_keys(resolution: Resolution, providers: set[Function], twin: str = "") -> list[OverrideKey]:
    """All keys in test files, in the order of files and places. twin: the name of the only provider's async twin, to
    find the keys of that instead."""
    found = []
    for file in resolution.project.files:
        if file.is_test:
            for node, provider in _references(file, resolution, providers, twin):
                key = _key(file, node, provider, resolution)
                if key is not None:
                    found.append(key)
    return found


def find_variable_keys(resolution: Resolution, made: Function, home: File, variable: Node | None) -> list[OverrideKey]:
    """The same for a variable of a module that holds a dependency, which a factory made."""
    found = []
    for file in resolution.project.files if variable is not None else ():
        for name in file.named(text_of(variable)) if file.is_test and variable is not None else ():
            if variable is None or _is_definition(name):
                continue
            outer = name.parent
            is_last = outer is not None and outer.type == "attribute" and outer.child_by_field_name("attribute") == name
            node = outer if is_last and outer is not None else name
            places = {(target.path, target.offset) for target in resolution.definition(file, node)}
            key = _key(file, node, made, resolution) if (home.path, variable.start_byte) in places else None
            found += [key] if key is not None else []
    return found


def find_class_keys(resolution: Resolution, classes: set[Class]) -> list[tuple[OverrideKey, Class]]:
    """The same for classes that are dependencies; the provider of such a key is one of its methods."""
    found = []
    by_name = {cls.name: cls for cls in classes if cls.methods}
    for file in resolution.project.files:
        for name in file.named(*by_name) if file.is_test else ():
            cls = by_name[text_of(name)]
            if name.parent is None or _is_definition(name):
                continue
            is_last = name.parent.type == "attribute" and name.parent.child_by_field_name("attribute") == name
            node = name.parent if is_last else name
            if any(target.name == cls.id for target in resolution.definition(file, node)):
                key = _key(file, node, next(iter(cls.methods.values())), resolution)
                found += [(key, cls)] if key is not None else []
    return found


def references_of(file: File, resolution: Resolution, functions: set[Function]) -> Iterator[tuple[Node, Function]]:
    """Every expression of a file that means one of the functions; imports and definitions are left out."""
    yield from _references(file, resolution, functions)


def _references(
    file: File, resolution: Resolution, functions: set[Function], twin: str = ""
) -> Iterator[tuple[Node, Function]]:
    names = {twin} if twin else {function.name for function in functions}
    names |= {item.local for item in file.imports if item.name in names}
    for name in file.named(*names):
        if name.parent is None or _is_definition(name):
            continue
        node = (
            name.parent
            if name.parent.type == "attribute" and name.parent.child_by_field_name("attribute") == name
            else name
        )
        for target in resolution.definition(file, node):
            function = resolution.function_of(target)
            if function is not None and twin and function.name == twin:  # else the twin is followed as its original
                function = next((item for item in functions if item.file is function.file), None)
            if function in functions and function is not None:
                yield node, function
                break


def _is_definition(name: Node) -> bool:
    parent = name.parent
    if parent is None or parent.type in ("dotted_name", "aliased_import", "import_from_statement"):
        return True
    is_keyword = parent.type == "keyword_argument" and parent.child_by_field_name("name") == name
    return is_keyword or (parent.type == "function_definition" and parent.child_by_field_name("name") == name)


def _key(file: File, node: Node, provider: Function, resolution: Resolution) -> OverrideKey | None:
    parent = node.parent
    statement = statement_of(node)
    if parent is None or statement is None:
        return None
    if parent.type == "subscript" and parent.child_by_field_name("value") != node:
        holder = parent.parent
        is_set = holder is not None and holder.type == "assignment" and holder.child_by_field_name("left") == parent
        return OverrideKey(
            file, node, provider, statement, holder.child_by_field_name("right") if is_set and holder else None
        )
    if parent.type == "pair" and parent.child_by_field_name("key") == node:
        return OverrideKey(file, node, provider, statement, parent.child_by_field_name("value"), parent)
    if parent.type == "argument_list" and parent.parent is not None and parent.parent.type == "call":
        return _argument(file, node, provider, statement, parent, resolution)
    return OverrideKey(file, node, provider, statement) if parent.type == "comparison_operator" else None


def _argument(
    file: File, node: Node, provider: Function, statement: Node, arguments: Node, resolution: Resolution
) -> OverrideKey | None:
    """`overrides.setdefault(get_db, f)`, `monkeypatch.setitem(overrides, get_db, f)`, or a helper of the tests."""
    call = arguments.parent
    callee = call.child_by_field_name("function") if call is not None else None
    if callee is None:
        return None
    name = text_of(callee).rpartition(".")[2]
    others = [
        child for child in arguments.named_children if child.start_byte > node.end_byte and child.type != "comment"
    ]
    if name in READERS:
        return OverrideKey(file, node, provider, statement)
    helpers = [resolution.function_of(target) for target in resolution.definition(file, callee)]
    if others and (name in SETTERS or any(helper is not None and helper.file.is_test for helper in helpers)):
        value = others[0]
        if value.type == "keyword_argument":
            value = value.child_by_field_name("value") or value
        return OverrideKey(file, node, provider, statement, value)
    return None


def statement_of(node: Node) -> Node | None:
    """The innermost statement around an expression."""
    for item in (node, *ancestors(node)):
        if item.parent is not None and item.parent.type in ("block", "module"):
            return item
    return None
