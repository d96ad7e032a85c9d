"""What `session.query(...)` selects: mapped entities, columns, aggregates."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.queries.type_arguments import asked_argument, written_arguments
from awaitify.analysis.queries.values import Element
from awaitify.project.index import Class, File, Function, text_of

AGGREGATES = {"count", "sum", "max", "min", "avg"}
MAKERS_OF_COLUMNS = {
    "func", "case", "cast", "literal", "literal_column", "label", "distinct", "text", "Bundle", "type_coerce",
    "extract", "null",
}  # fmt: skip
OPERATIONS = ("binary_operator", "unary_operator", "comparison_operator")
SQL_CLASSES = ("sqlalchemy.sql.", "sqlalchemy.orm.attributes.", "sqlalchemy.orm.context.Bundle")
DEPTH = 4
Source = tuple[Node | None, File, Function | None]  # a value, and where it is written


@dataclass(eq=False)
class Elements:
    """Asks the type checker; for a class that is passed as a value, looks at what every caller passes."""

    resolution: Resolution
    mapping: Mapping

    def of(self, node: Node, file: File, function: Function | None, depth: int = 0) -> Element:
        """One argument of `query`."""
        if node.type == "call":
            return self._call(node, file, function)
        if node.type in OPERATIONS:
            return Element("column", self.owner(node, file))
        if node.type == "parenthesized_expression" and node.named_children:
            return self.of(node.named_children[0], file, function, depth)
        if node.type not in ("identifier", "attribute"):
            return Element("")
        return self._named(node, file) or self._passed(node, file, function, depth)

    def _call(self, node: Node, file: File, function: Function | None) -> Element:
        callee = node.child_by_field_name("function")
        parts = text_of(callee).partition("(")[0].split(".") if callee is not None else [""]
        if parts[0] in ("sa", "sqlalchemy") and len(parts) > 1:
            parts = parts[1:]
        if parts[0] == "func" and len(parts) == 2:
            return Element("aggregate" if self._is_aggregate(parts[1], node) else "column", self.owner(node, file))
        last = last_name(callee)
        if last == "exists":
            return Element("aggregate")
        if last == "aliased":
            return Element("")
        is_sql = parts[0] in MAKERS_OF_COLUMNS or (callee is not None and callee.type == "attribute")
        return Element("column", self.owner(node, file)) if is_sql else Element("")

    def _is_aggregate(self, name: str, node: Node) -> bool:
        if name in AGGREGATES:
            return True
        first = next(iter(positional(node)), None)
        callee = first.child_by_field_name("function") if first is not None and first.type == "call" else None
        return name == "coalesce" and callee is not None and text_of(callee).partition("func.")[2] in AGGREGATES

    def _named(self, node: Node, file: File) -> Element | None:
        if self.cls(node, file) is not None:
            return Element("entity", text_of(node))
        hover = self.resolution.hover(file, node)
        if "<class '" in hover or "type[" in hover.lower() or "AliasedClass" in hover:
            return Element("entity", text_of(node))
        if node.type == "attribute":
            owner = node.child_by_field_name("object")
            if owner is not None and (
                self.cls(owner, file) is not None or "<class '" in self.resolution.hover(file, owner)
            ):
                return Element("column", text_of(owner))
            if owner is not None and self._named_value(owner, file):
                return Element("column")
            if owner is not None and owner.type == "attribute" and text_of(owner).endswith((".c", ".columns")):
                return Element("column")
        return Element("column") if self._named_value(node, file) else None

    def _named_value(self, node: Node, file: File) -> bool:
        """Whether an expression is an SQL expression, a table or a subquery."""
        names = self.resolution.class_names(file, node)
        return bool(names) and all(name.startswith(SQL_CLASSES) for name in names)

    def cls(self, node: Node, file: File) -> Class | None:
        """The class of the project that a name means."""
        for target in self.resolution.definition(file, node):
            found = self.resolution.project.definition(target.path, target.offset) if target.in_project else None
            if isinstance(found, Class):
                return found
        return None

    def owner(self, node: Node, file: File) -> str:
        """The first mapped class that an expression mentions, as written."""
        if node.type == "identifier":
            cls = self.cls(node, file)
            return text_of(node) if cls is not None and cls.id in self.mapping.classes else ""
        return next((found for child in node.named_children if (found := self.owner(child, file))), "")

    def _passed(self, node: Node, file: File, function: Function | None, depth: int) -> Element:
        """A parameter, or `self.model` that the constructor sets or subclasses write: what everyone passes there."""
        values = list(self._sources(node, function)) if function is not None and depth < DEPTH else []
        kinds = {self.of(value, file, home, depth + 1).kind if value else "" for value, file, home in values}
        return Element(kinds.pop(), text_of(node)) if len(kinds) == 1 and kinds != {"column"} else Element("")

    def _sources(self, node: Node, function: Function) -> list[Source]:
        name = text_of(node)
        if node.type == "identifier" and function.param(name) is not None:
            return self._arguments(function, name)
        if node.type != "attribute" or function.cls is None or not name.startswith("self.") or name.count(".") != 1:
            return []
        found: list[Source] = []
        is_private = name.startswith("self.__") and not name.endswith("__")  # that of a subclass has another name
        for cls in [function.cls] if is_private else self._related(function.cls):
            found += [(value, cls.file, None) for value in _body_values(cls, name[5:]) if not _is_none(value)]
            for init in [cls.methods[item] for item in ("__init__", "__init_subclass__") if item in cls.methods]:
                own = f"{init.params[0].name}.{name[5:]}" if init.params else name
                found += [
                    source for value in _assigned_values(init, own) for source in self._assigned(value, init, cls)
                ]
        return found

    def _assigned(self, value: Node, init: Function, cls: Class) -> list[Source]:
        """A value that a constructor assigns, or the type arguments of the subclasses that it stands for."""
        asked = asked_argument(value)
        if asked is None:
            return [(value, init.file, init)]
        return [(node, home.file, None) for node, home in written_arguments(cls, asked, self.resolution)]

    def _related(self, cls: Class) -> list[Class]:
        """The class, its bases and every class below."""
        all_classes = self.resolution.project.classes.values()
        below = [item for item in all_classes if cls in self.resolution.lineage(item)]
        return list(dict.fromkeys([*self.resolution.lineage(cls), *below]))

    def _arguments(self, function: Function, name: str) -> list[Source]:
        found: list[Source] = []
        for call in self.resolution.callers.get(function, ()):
            value = next((node for param, node in bind(function, call) if param == name), None)
            found.append((value, call.file, call.function))
        return found


def _body_values(cls: Class, name: str) -> list[Node]:
    body = cls.node.child_by_field_name("body")
    found = []
    for statement in body.named_children if body else []:
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        left = node.child_by_field_name("left") if node is not None and node.type == "assignment" else None
        right = node.child_by_field_name("right") if node is not None else None
        if left is not None and right is not None and text_of(left) == name:
            found.append(right)
    return found


def _assigned_values(init: Function, name: str) -> list[Node]:
    """What a constructor assigns to `self.x`."""
    found, stack = [], [init.node]
    while stack:
        node = stack.pop()
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "assignment" and left is not None and right is not None and text_of(left) == name:
            found.append(right)
        stack += node.named_children
    return found


def _is_none(node: Node) -> bool:
    return text_of(node) in ("None", "...")
