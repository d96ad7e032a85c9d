"""Data classes, and models of pydantic that take any object: the constructor that nobody wrote takes their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node

from awaitify.project.index import Class, File, Function, Param, text_of


def add_constructors(classes: Iterable[Class], lineage: Callable[[Class], list[Class]]) -> None:
    """Gives each data class that has no `__init__` of its own one, whose body is the body of the class."""
    for cls in classes:
        if takes_fields(cls) and "__init__" not in cls.methods:
            params = [Param("self", cls.name_node), *_parameters(lineage(cls)).values()]
            own = f"{cls.id}.__init__"
            cls.methods["__init__"] = Function(
                own, "__init__", cls.file, cls.node, cls.node, False, params, [], cls, None
            )


def made_constructors(file: File) -> Iterator[Function]:
    """The constructors of a file that nobody wrote."""
    for cls in file.classes:
        init = cls.methods.get("__init__")
        if init is not None and init.node == cls.node:
            yield init


def is_data_class(cls: Class) -> bool:
    """Whether a decorator makes the constructor of a class."""
    around = cls.node.parent
    for item in around.named_children if around is not None and around.type == "decorated_definition" else ():
        name, _, arguments = text_of(item).removeprefix("@").partition("(")
        if item.type == "decorator" and name.strip().rpartition(".")[2] == "dataclass":
            return "init=False" not in arguments.replace(" ", "")
    return False


def takes_fields(cls: Class) -> bool:
    """Whether the constructor of a class takes its fields as they are."""
    return is_data_class(cls) or (b"arbitrary_types_allowed" in (cls.node.text or b"") and _is_model(cls))


def _is_model(cls: Class) -> bool:
    return any(text_of(base).rpartition(".")[2] == "BaseModel" for base in cls.bases)


def fields_of(cls: Class) -> dict[str, Param]:
    """The typed names in the body of a class, in order, with their defaults."""
    found: dict[str, Param] = {}
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        node = statement.named_children[0] if statement.named_children else statement
        left = node.child_by_field_name("left") if node.type == "assignment" else None
        kind = node.child_by_field_name("type") if node.type == "assignment" else None
        if left is not None and kind is not None and left.type == "identifier":
            found[text_of(left)] = Param(text_of(left), left, kind, node.child_by_field_name("right"))
    return found


def _parameters(lineage: list[Class]) -> dict[str, Param]:
    found: dict[str, Param] = {}
    for owner in reversed(lineage):
        if takes_fields(owner):
            found |= {name: param for name, param in fields_of(owner).items() if _is_taken(param)}
    return found


def _is_taken(param: Param) -> bool:
    """Whether the constructor takes a field."""
    return "ClassVar" not in _text(param.annotation) and "init=False" not in _text(param.default).replace(" ", "")


def _text(node: Node | None) -> str:
    return text_of(node) if node is not None else ""
