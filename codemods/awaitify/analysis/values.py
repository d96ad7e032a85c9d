"""The classes of values: what calls give, what functions return or yield, where the checker says nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.own_results import SELF, filled
from awaitify.project.index import Call, Class, File, Function, text_of
from awaitify.resolve.model import Target

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

SESSION = "sqlalchemy.orm.session.Session"
FACTORY = "sqlalchemy.orm.session.sessionmaker"
SCOPED = "sqlalchemy.orm.scoping.scoped_session"
ENGINE = "sqlalchemy.engine.base.Engine"
#: The engine of SQLAlchemy 1.4's future mode is its own class.
ENGINES = {ENGINE, "sqlalchemy.future.engine.Engine"}
ENGINE_MAKERS = {
    "sqlalchemy.engine.create.create_engine", "sqlalchemy.engine.create.engine_from_config",
    "sqlalchemy.future.engine.create_engine", "sqlmodel.engine.create.create_engine",
}  # fmt: skip
SELECT = "sqlalchemy.sql.selectable.Select"
SELECT_MAKER = "sqlalchemy.sql._selectable_constructors.select"
ITERATORS = ("Generator", "Iterator", "Iterable", "AsyncGenerator", "AsyncIterator", "AsyncIterable")
WRAPPERS = {"functools._lru_cache_wrapper.__call__"}


def value_classes(resolution: Resolution, file: File, nodes: Iterable[Node]) -> list[set[str]]:
    """The classes of these expressions' values: of a call, those of what it gives. A class may have one argument in
    brackets (`a.sessionmaker[a.Session]`)."""
    wanted = list(nodes)
    plain = [node for node in wanted if node.type != "call"]
    names = {
        node.id: {canonical(target.name) for target in answer if is_usable(target)}
        for node, answer in zip(plain, resolution.classes(file, plain), strict=True)
    }
    return [names[node.id] if node.id in names else _given(resolution, file, node) for node in wanted]


def canonical(name: str) -> str:
    """One name for every engine class."""
    return ENGINE if name in ENGINES else name


def is_usable(target: Target) -> bool:
    """Whether a class can be named in an annotation: at module level, and not None or object."""
    is_known = target.name not in ("builtins.object", "types.NoneType", "builtins.NoneType", "typing.Any")
    return target.kind == "class" and is_known and "<locals>" not in target.name


def _given(resolution: Resolution, file: File, node: Node) -> set[str]:
    call = resolution.call_at(file, node)
    return result_classes(resolution, call) if call is not None else set()


def result_classes(resolution: Resolution, call: Call, depth: int = 4) -> set[str]:
    """The classes of what a call gives."""
    found: set[str] = set()
    for target in resolution.targets.get(call, ()):
        if target.name in WRAPPERS:
            continue
        if target.name == FACTORY:
            found.add(f"{FACTORY}[{_made_session(resolution, call)}]" if _is_generic(target) else FACTORY)
        elif target.name in ENGINE_MAKERS:
            found.add(ENGINE)
        elif target.name == SELECT_MAKER:
            found.add(SELECT)
        elif target.kind == "class":
            found |= {canonical(target.name)} if is_usable(target) else set()
        elif target.name in (f"{FACTORY}.__call__", f"{SCOPED}.__call__"):
            found.add(_session_of(resolution, call))
        else:
            function = resolution.function_of(target)
            found |= function_classes(resolution, function, depth) if function is not None else set()
            fact = resolution.facts.results.get(function, "") if function is not None else ""
            found |= {filled(fact, cls) for cls in _called_on(resolution, call)} if SELF in fact else set()
    return found


def _called_on(resolution: Resolution, call: Call) -> set[str]:
    """The class, or the classes of the object, that a method is called on."""
    owner = call.callee.child_by_field_name("object")
    if owner is None:
        return set()
    cls = resolution.class_meant(call.file, owner) if owner.type != "call" else None
    return {cls.id} if cls is not None else value_classes(resolution, call.file, [owner])[0]


def function_classes(resolution: Resolution, function: Function, depth: int = 4) -> set[str]:
    """The classes of what a function returns, by its annotation or else by what stands behind `return`."""
    if function.is_async or function.is_generator or not depth:
        return set()
    annotation = function.node.child_by_field_name("return_type")
    if annotation is not None:
        return _annotated(resolution, function.file, annotation)
    if function in resolution.facts.results:
        return {resolution.facts.results[function]} if SELF not in resolution.facts.results[function] else set()
    found: set[str] = set()
    for node in returned(function):
        call = resolution.call_at(function.file, node) if node.type == "call" else None
        found |= result_classes(resolution, call, depth - 1) if call else set()
        found |= value_classes(resolution, function.file, [node])[0] if node.type != "call" else set()
    return found


def dependency_classes(resolution: Resolution, call: Call) -> set[str]:
    """The classes of what FastAPI puts in place of `Depends(f)`."""
    argument = next((item for item in call.arguments if item.type in ("identifier", "attribute")), None)
    found: set[str] = set()
    for target in resolution.definition(call.file, argument) if argument is not None else ():
        function = resolution.function_of(target)
        if target.kind == "class":
            found |= {target.name} if is_usable(target) else set()
        elif function is not None and function.is_generator:
            found |= yielded_classes(resolution, function)
        elif function is not None:
            found |= function_classes(resolution, function)
    return found


def yielded_classes(resolution: Resolution, function: Function) -> set[str]:
    """The classes of what a generator yields, by its annotation or else by what stands behind `yield`."""
    annotation = function.node.child_by_field_name("return_type")
    if annotation is None or text_of(annotation).partition("[")[0].rpartition(".")[2] not in ITERATORS:
        return set[str]().union(*value_classes(resolution, function.file, yielded(function)))
    for node in _within(annotation):
        inner = node.named_children[0] if node.type == "type_parameter" else node.child_by_field_name("subscript")
        if inner is not None and text_of(inner).rpartition(".")[2] == "Any":
            return set[str]().union(*value_classes(resolution, function.file, yielded(function)))
        if inner is not None:
            return _annotated(resolution, function.file, inner)
    return set()


def _within(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        yield child
        yield from _within(child)


def returned(function: Function) -> list[Node]:
    """The expressions behind `return`, None left out."""
    values = [child for node in function.returns for child in node.named_children if child.type != "comment"]
    return [value for value in values if text_of(value) != "None"]


def yielded(function: Function) -> list[Node]:
    """The expressions behind `yield`."""
    body = function.node.child_by_field_name("body")
    return [node.named_children[0] for node in _yields(body) if node.named_children] if body is not None else []


def _yields(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "yield":
            yield child
        elif child.type not in ("function_definition", "class_definition", "lambda"):
            yield from _yields(child)


def _annotated(resolution: Resolution, file: File, annotation: Node) -> set[str]:
    """The classes that an annotation names at its top: `X`, `X | None`, the `X` of `X[Y]`."""
    nodes = [annotation]
    found: list[Node] = []
    while nodes:
        node = nodes.pop()
        if node.type in ("type", "binary_operator", "union_type"):
            nodes += node.named_children
        elif node.type in ("subscript", "generic_type"):
            nodes.append(node.named_children[0])
        elif node.type in ("identifier", "attribute"):
            found.append(node)
    names = [{target.name for target in answer if is_usable(target)} for answer in resolution.definitions(file, found)]
    return set[str]().union(*names)


def chained_targets(resolution: Resolution, call: Call) -> tuple[Target, ...]:
    """What `f(x)(y)` means: the `__call__` of what `f(x)` gives."""
    inner = resolution.call_at(call.file, call.callee)
    found = []
    for name in sorted(result_classes(resolution, inner) if inner is not None else ()):
        cls = resolution.project.classes.get(name)
        method = next(
            (item.methods["__call__"] for item in _lineage(resolution, cls) if "__call__" in item.methods), None
        )
        if method is not None:
            found.append(Target(method.id, "function", method.file.path, method.name_node.start_byte, True))
        elif cls is None:
            found.append(Target(f"{name.partition('[')[0]}.__call__", "function", None, 0, False))
    return tuple(found)


def _lineage(resolution: Resolution, cls: Class | None) -> list[Class]:
    return resolution.lineage(cls) if cls is not None else []


def _is_generic(target: Target) -> bool:
    """Whether this SQLAlchemy's factory class takes the session's class in brackets (since 2.0)."""
    line = target.path.read_bytes()[target.offset :].partition(b":")[0] if target.path is not None else b""
    return b"Generic[" in line


def _made_session(resolution: Resolution, call: Call) -> str:
    """The class of the sessions that `sessionmaker(...)` makes."""
    for argument in call.arguments:
        name = argument.child_by_field_name("name") if argument.type == "keyword_argument" else None
        value = argument.child_by_field_name("value")
        if name is not None and text_of(name) == "class_" and value is not None:
            return next((target.name for target in resolution.definition(call.file, value)), SESSION)
    return SESSION


def _session_of(resolution: Resolution, call: Call) -> str:
    """The class of the sessions of the factory that is called, by where it is made."""
    makers = (made for made in _makers(resolution, call.file, call.callee) if made.arguments)
    return next((_made_session(resolution, made) for made in makers), SESSION)


def factory_class(resolution: Resolution, file: File, node: Node) -> str:
    """The class of a name's session factory, with that of its sessions where it has one in brackets."""
    found = [result_classes(resolution, made) for made in _makers(resolution, file, node)]
    return next((name for names in found for name in names if name.startswith(FACTORY)), FACTORY)


def _makers(resolution: Resolution, file: File, node: Node) -> Iterator[Call]:
    """The calls that a name's values come from, where they are assigned: a global one may be None at first."""
    for target in resolution.definition(file, node):
        home = resolution.project.by_path.get(target.path) if target.path else None
        name = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home else None
        is_global = name is not None and name.parent is not None and _is_at_top(name.parent)
        for place in home.named(text_of(name)) if home and name and is_global else [name] if name else []:
            assigned = place.parent if place.parent is not None and place.parent.type == "assignment" else None
            right = assigned.child_by_field_name("right") if assigned is not None else None
            made = resolution.call_at(home, right) if home is not None and right is not None else None
            if made is not None:
                yield made


def _is_at_top(assigned: Node) -> bool:
    """Whether an assignment stands at module level."""
    statement = assigned.parent
    return statement is not None and statement.parent is not None and statement.parent.type == "module"
