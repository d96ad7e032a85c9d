"""What operators and built-ins run: `len(x)`, `x[key]`, `key in x`, `for item in x`, `if x`, `f"{x}"`, `x == y`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.analysis.attribute_hooks import words_for
from awaitify.analysis.calls import Resolution
from awaitify.analysis.loading.names import positional, walk
from awaitify.analysis.values import value_classes
from awaitify.project.index import Class, File, Function, text_of

ITERATED = ("__iter__", "__next__", "__getitem__", "__len__")
ASKED = ("__bool__", "__len__")
SHOWN = ("__str__", "__repr__", "__format__")
THROUGH = (
    "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "any", "all", "min", "max", "iter", "enumerate",
    "zip", "map", "filter",
)  # fmt: skip
#: Built-ins, and what they run of each argument.
BUILT_INS = {
    "len": ("__len__",), "bool": ASKED, "str": SHOWN, "repr": SHOWN, "print": SHOWN, "format": SHOWN,
    "next": ("__next__",), "hash": ("__hash__",), "int": ("__int__", "__index__"), "float": ("__float__",),
    "reversed": ("__reversed__", *ITERATED), **dict.fromkeys(THROUGH, ITERATED),
}  # fmt: skip
COMPARED = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"]
COMPUTED = tuple(f"__{lead}{name}__" for name in OPERATORS for lead in ("", "r", "i"))
ITEMS = {"assignment": "__setitem__", "augmented_assignment": "__setitem__", "delete_statement": "__delitem__"}
UNPACKED = ("pattern_list", "tuple_pattern", "list_pattern")
CONDITIONS = ("if_statement", "elif_clause", "while_statement")
METHODS = {
    *ITERATED, *ASKED, *SHOWN, *COMPARED, *COMPUTED, *ITEMS.values(), "__contains__", "__missing__", "__neg__",
    "__invert__",
    *(name for names in BUILT_INS.values() for name in names),
}  # fmt: skip


def find_operated(resolution: Resolution, working: Iterable[Function]) -> dict[File, list[tuple[Node, Function]]]:
    """Where an operator or a built-in runs one of these functions, by file."""
    methods = {item for item in working if item.cls is not None and item.name in METHODS and not item.file.is_test}
    owners: dict[Class, dict[str, Function]] = defaultdict(dict)
    for cls in (cls for file in resolution.project.files for cls in file.classes if methods):
        for base in reversed(resolution.lineage(cls)):
            owners[cls] |= {name: item for name, item in base.methods.items() if item in methods}
    held = {cls: found for cls, found in owners.items() if found}
    words = words_for(held, resolution) if held else set[str]()
    files = [file for file in resolution.project.files if not file.is_test and held]
    return {file: list(_in_file(file, words, held, resolution)) for file in files}


def _in_file(
    file: File, words: set[str], held: dict[Class, dict[str, Function]], resolution: Resolution
) -> Iterator[tuple[Node, Function]]:
    places = [(operand, names) for operand, names in operands(file.root)
              if operand.type == "call" or text_of(operand).rpartition(".")[2] in words]  # fmt: skip
    by_name = {cls.id: found for cls, found in held.items()}
    answers = value_classes(resolution, file, [operand for operand, _ in places])
    for (operand, names), classes in zip(places, answers, strict=True):
        methods = (by_name.get(cls, {}).get(name) for cls in sorted(classes) for name in names)
        yield from ((operand, item) for item in dict.fromkeys(methods) if item is not None)


def operands(root: Node) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """(what an operator or a built-in is given, the methods of it that may run)."""
    for node in walk(root):
        kind, fields = node.type, node.child_by_field_name
        if kind == "call":
            names = BUILT_INS.get(text_of(fields("function") or node), ())
            yield from ((item, names) for item in positional(node) if names)
        elif kind in ("for_statement", "for_in_clause"):
            yield from _given(fields("right"), ITERATED)
        elif kind == "subscript":
            outer = node.parent.type if node.parent is not None and _is_target(node) else ""
            yield from _given(fields("value"), (ITEMS[outer],) if outer in ITEMS else ("__getitem__", "__missing__"))
        elif kind == "interpolation":
            yield from _given(node.named_children[0] if node.named_children else None, SHOWN)
        elif kind == "comparison_operator":
            is_in = any(child.type in ("in", "not in") for child in node.children)
            names = ("__contains__", *ITERATED, *COMPARED) if is_in else COMPARED
            yield from ((item, names) for operand in node.named_children for item in (operand, *_elements(operand)))
        elif kind in ("binary_operator", "augmented_assignment"):
            yield from ((item, COMPUTED) for item in (fields("left"), fields("right")) if item is not None)
        elif kind == "unary_operator":
            yield from _given(fields("argument"), ("__neg__", "__invert__"))
        elif kind == "assignment" and (left := fields("left")) is not None and left.type in UNPACKED:
            yield from _given(fields("right"), ITERATED)
        elif kind in ("list_splat", "dictionary_splat"):
            yield from _given(node.named_children[0] if node.named_children else None, ITERATED)
        else:
            yield from ((item, ASKED) for item in _asked(node))


def _asked(node: Node) -> list[Node]:
    """What a statement or an operator asks whether it is true."""
    if node.type in CONDITIONS:
        found = [node.child_by_field_name("condition")]
    elif node.type == "boolean_operator":
        found = [node.child_by_field_name("left"), node.child_by_field_name("right")]
    elif node.type == "not_operator":
        found = [node.child_by_field_name("argument")]
    elif node.type == "conditional_expression":
        found = node.named_children[1:2]
    else:
        found = node.named_children[:1] if node.type in ("assert_statement", "if_clause") else []
    return [item for item in found if item is not None]


def _elements(node: Node) -> list[Node]:
    """Those of a display, which are compared one by one."""
    return node.named_children if node.type in ("list", "tuple", "set") else []


def _given(node: Node | None, names: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    if node is not None:
        yield node, names


def _is_target(node: Node) -> bool:
    """Whether something is put into a subscript, or taken out of it."""
    parent = node.parent
    is_left = parent is not None and parent.child_by_field_name("left") == node
    return is_left or (parent is not None and parent.type == "delete_statement")
