"""Calls that no call expression shows: a method of a base class that stands for its overrides, `with`, properties."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.calls import Resolution
from awaitify.analysis.dispatched import dispatched
from awaitify.analysis.exact import meant_overrides
from awaitify.project.index import LANGUAGE, Call, Class, File, Function, ancestors, text_of

_WITH = Query(LANGUAGE, "(with_item) @item")
_ENTERED = ("__enter__", "__exit__")
_PROPERTIES = ("property", "cached_property", "hybrid_property")
_ABSTRACT = ("abstractmethod", "abc.abstractmethod")
Hidden = Mapping[File, Sequence[tuple[Node, Function]]]


@dataclass(frozen=True, slots=True)
class Implicit:
    """A place that runs functions without a call expression. callees: which; empty when nobody knows. lock: the class
    of what it enters, when that waits for other threads; foreign: the function of a library that it runs, when that may
    wait."""

    node: Node
    callees: tuple[Function, ...]
    lock: str = ""
    foreign: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what the place runs."""
        return not self.callees and not self.lock and not self.foreign


def link_overrides(resolution: Resolution) -> None:
    """Notes for each method what overrides it, and counts calls of the method as calls of those."""
    heirs = _heirs(resolution)
    for cls, found in heirs.items():
        for name, method in cls.methods.items():
            others = [heir.methods[name] for heir in found if name in heir.methods and not heir.file.is_test]
            if others:
                resolution.overrides[method] = tuple(others)
    for base, registered in dispatched(resolution).items():
        resolution.overrides[base] = (*resolution.overrides.get(base, ()), *registered)
    for method in resolution.overrides:
        for call in list(resolution.callers.get(method, ())):
            for other in meant_overrides(call, method, resolution):
                if call not in resolution.callers[other]:
                    resolution.callers[other].append(call)


def is_open(function: Function, resolution: Resolution) -> bool:
    """Whether a method only declares what others implement, and nothing in the project does."""
    if function.cls is None or resolution.overrides.get(function):
        return False
    return is_abstract(function) or _is_protocol(function.cls)


def is_abstract(function: Function) -> bool:
    """Whether a class needs a method of its own in place of this one before there can be objects of it."""
    return any(text_of(decorator).lstrip("@").strip() in _ABSTRACT for decorator in function.decorators)


def find_implicit(
    resolution: Resolution, working: Iterable[Function], is_lock: Callable[[str], bool], hidden: Hidden
) -> dict[Function, list[Implicit]]:
    """What `with` statements and reads of properties among these functions run, by the function in which they stand.
    is_lock: whether entering an object of a library's class waits for other threads; hidden: what else runs them."""
    heirs = _heirs(resolution)
    wanted = {item for item in working if is_property(item)}
    while True:
        found = _found(resolution, hidden, wanted, heirs, is_lock)
        new = {item for item in found if is_property(item)} - wanted
        if not new:
            return found
        wanted |= new  # a property that only reads one which works


def _found(
    resolution: Resolution,
    hidden: Hidden,
    wanted: set[Function],
    heirs: dict[Class, list[Class]],
    is_lock: Callable[[str], bool],
) -> dict[Function, list[Implicit]]:
    found: dict[Function, list[Implicit]] = defaultdict(list)
    homes: dict[File, dict[int, Function]] = defaultdict(dict)
    for function in resolution.within:
        if not function.file.is_test:
            homes[function.file][function.node.id] = function
    for file, known in homes.items():
        given = [Implicit(node, (hook,)) for node, hook in hidden.get(file, ())]
        for item in [*_entered(file, known, resolution, heirs, is_lock), *_read(file, resolution, wanted), *given]:
            home = _home(item.node, known)
            if home is not None:
                found[home].append(item)
    return found


def _home(node: Node, homes: dict[int, Function]) -> Function | None:
    """The nearest of these functions (by the id of their node) around a node."""
    return next((homes[item.id] for item in ancestors(node) if item.id in homes), None)


def is_property(function: Function) -> bool:
    """Whether a method is read without a call."""
    return any(text_of(item).lstrip("@").strip().rpartition(".")[2] in _PROPERTIES for item in function.decorators)


def _heirs(resolution: Resolution) -> dict[Class, list[Class]]:
    """The classes that may stand in for each class: what derives from it, and what has the shape of a protocol."""
    found: dict[Class, list[Class]] = defaultdict(list)
    classes = [cls for file in resolution.project.files for cls in file.classes]
    for cls in classes:
        for base in resolution.lineage(cls)[1:] if resolution.bases(cls) else ():
            found[base].append(cls)
    for protocol in filter(_is_protocol, classes):
        names = {name for name in protocol.methods if not name.startswith("_")}
        if names:
            shaped = [cls for cls in classes if names <= cls.methods.keys() and not _is_protocol(cls)]
            found[protocol] += [cls for cls in shaped if cls not in found[protocol]]
    return found


def _is_protocol(cls: Class) -> bool:
    return any(text_of(base).partition("[")[0].rpartition(".")[2] == "Protocol" for base in cls.bases)


def _entered(
    file: File,
    homes: dict[int, Function],
    resolution: Resolution,
    heirs: dict[Class, list[Class]],
    is_lock: Callable[[str], bool],
) -> Iterator[Implicit]:
    """The `__enter__` and `__exit__` of the project that plain `with` statements run."""
    calls = {call.node.id: call for call in file.calls}
    for item in QueryCursor(_WITH).captures(file.root).get("item", []):
        statement = next(node for node in ancestors(item) if node.type == "with_statement")
        if statement.children[0].type == "async" or not item.named_children or _home(item, homes) is None:
            continue
        value, alias = item.named_children[0], None
        if value.type == "as_pattern":
            alias = value.named_children[-1]
            value = value.named_children[0]
        classes, libraries, is_known = _managers(file, resolution, value, alias, calls)
        lock = next(filter(is_lock, libraries), "")
        classes = [other for cls in classes for other in (*resolution.lineage(cls), *heirs.get(cls, ()))]
        methods = dict.fromkeys(
            cls.methods[name] for cls in classes if not cls.file.is_test for name in _ENTERED if name in cls.methods
        )
        if methods or lock or not is_known:
            yield Implicit(item, tuple(methods), lock)


def _managers(
    file: File, resolution: Resolution, value: Node, alias: Node | None, calls: dict[int, Call]
) -> tuple[list[Class], list[str], bool]:
    """The classes that a context manager may have, of the project and (names) of libraries, and whether anything is
    known of it. A call that is no constructor is judged as a call; here only what its annotation and the bound name say
    counts."""
    nodes = [value] if value.type in ("identifier", "attribute", "call") else []
    if alias is not None and alias.named_children and alias.named_children[0].type == "identifier":
        nodes.append(alias.named_children[0])
    targets = [target for answer in resolution.classes(file, nodes) for target in answer]
    call = calls.get(value.id)
    for function in resolution.functions(call) if call is not None else ():
        result = function.node.child_by_field_name("return_type")
        if result is not None:
            names = function.file.names_in(result)
            targets += [target for answer in resolution.definitions(function.file, names) for target in answer]
    found = [resolution.project.definition(item.path, item.offset) for item in targets if item.in_project]
    libraries = [item.name for item in targets if not item.in_project]
    return [item for item in found if isinstance(item, Class)], libraries, value.type == "call" or bool(targets)


def _read(file: File, resolution: Resolution, properties: set[Function]) -> Iterator[Implicit]:
    """Reads of properties."""
    names = {function.name.encode() for function in properties}
    if not names:
        return
    nodes = []
    for match in re.finditer(rb"\.\s*(" + b"|".join(sorted(names)) + rb")\b(?!\s*\()", file.source.text):
        node = file.root.descendant_for_byte_range(match.start(1), match.end(1))
        if node is not None and node.type == "identifier" and node.parent is not None:
            nodes.append(node)
    for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
        reached = dict.fromkeys(
            other
            for target in targets
            if (function := resolution.function_of(target)) is not None
            for item in (function, *resolution.overrides.get(function, ()))
            for other in _definitions(item)
            if other in properties
        )
        if reached:
            yield Implicit(node, tuple(reached))


def _definitions(function: Function) -> Iterator[Function]:
    """A method with its other definitions in the class: a setter's name is the property's."""
    yield function
    if function.cls is not None:
        same = (item for item in function.file.functions if item.cls is function.cls and item.name == function.name)
        yield from (item for item in same if item is not function)
