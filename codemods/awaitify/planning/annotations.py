"""`Session` in annotations becomes `AsyncSession`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from awaitify_transforms.edits import Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.planning.draft import Draft
from awaitify.planning.names import async_session_module
from awaitify.project.index import File, Function, ImportedName, span_of, text_of

QUOTED = re.compile(r"""(["'])(\w+\.)*Query(\[.*\])?\1""")
QUERY_CLASSES = {"sqlalchemy.orm.query.Query", "sqlalchemy.orm.query.RowReturningQuery"}


@dataclass(eq=False)
class SessionAnnotations:
    """Retypes sessions in a draft."""

    colouring: Colouring
    draft: Draft

    def session_names(self, function: Function) -> None:
        """`Session` in the signature and in typed assignments becomes `AsyncSession`, `Query` becomes `Select`."""
        foreign = self._foreign(function) | self._stored(function)
        nodes = [param.annotation for param in function.params if param.annotation is not None]
        nodes = [node for node in nodes if node.id not in foreign]
        result = function.node.child_by_field_name("return_type")
        for node in [
            *nodes,
            *([result] if result is not None else []),
            *typed_in(function.node.child_by_field_name("body")),
        ]:
            self.session_type(function.file, node)
            queries = self.colouring.effects.queries.get(function)
            if queries is not None and (queries.params or queries.returned or queries.roots):
                self._query_type(function.file, node)
        self._fields(function)

    def _fields(self, function: Function) -> None:
        """The types that a class body gives the attributes which a method or constructor of it uses."""
        lineage = self.colouring.resolution.lineage(function.cls) if function.cls is not None else []
        typed = [(cls, node) for cls in lineage for node in typed_in(cls.node.child_by_field_name("body"))]
        used = _own_attributes(function.node) if typed else set()
        for cls, node in typed:
            field = node.parent.child_by_field_name("left") if node.parent is not None else None
            if field is not None and text_of(field) in used:
                self.session_type(cls.file, node)

    def _foreign(self, function: Function) -> set[int]:
        """The annotations of parameters that a dependency fills which stays as it is, with a session of its own."""
        colours = self.colouring.colours
        moving = colours.providers | colours.asyncs | colours.carriers
        sites = [site for site in self.colouring.entries.sites if site.owner is function and site.target not in moving]
        return {site.annotation.id for site in sites if site.annotation is not None}

    def _stored(self, function: Function) -> set[int]:
        """The annotations of parameters that hold functions: those stay sync, but for what decorators take."""
        shapes = [wrapping.shape for wrapping in self.colouring.effects.wrappings.all]
        if any(function in (shape.maker, shape.taker, shape.wrapper) for shape in shapes):
            return set()
        nodes = [param.annotation for param in function.params if param.annotation is not None]
        return {node.id for node in nodes if "Callable[" in text_of(node)}

    def shared_names(self, function: Function) -> None:
        """`Session` in the signature of what both kinds of code call becomes `AsyncSession | Session`."""
        for node in [param.annotation for param in function.params if param.annotation is not None]:
            self.session_type(function.file, node, shared=True)

    def session_type(self, file: File, annotation: Node, shared: bool = False) -> None:
        """Renames the session class inside one annotation. shared: the sync class stays beside the async one."""
        for name in _names(annotation):
            if not text_of(name).endswith("Session"):
                continue
            targets = {target.name for target in self.colouring.resolution.definition(file, name)} & set(
                SESSION_CLASSES
            )
            if not targets:
                continue
            self._retype(file, name, shared)
            self.draft.add_import(file, async_session_module(targets.pop()), "AsyncSession")
        for node in _strings(annotation):
            self._quoted(file, node, shared)

    def _retype(self, file: File, name: Node, shared: bool) -> None:
        both, around = f"AsyncSession | {text_of(name)}", name.parent
        is_both = around is not None and text_of(around) == both  # an earlier step said so
        if shared:
            if not is_both:
                self.draft.add(file, ReplaceExpression(span=span_of(name), code=both))
            return
        if name.type == "identifier" and not is_both:
            self.draft.add(file, Rename(span=span_of(name), new="AsyncSession"))
        else:
            whole = around if around is not None and is_both else name
            self.draft.add(file, ReplaceExpression(span=span_of(whole), code="AsyncSession"))
        for item in file.imports if name.type == "identifier" else ():
            if item.local == text_of(name):
                self._remove(file, item)

    def _quoted(self, file: File, node: Node, shared: bool) -> None:
        """Renames the session class in an annotation that is a string, by the import of its name (`TYPE_CHECKING`)."""
        code = text_of(node)
        for item in file.imports:
            if not item.local.endswith("Session") or not re.search(rf"(?<![\w.]){item.local}\b", code):
                continue
            targets = {target.name for target in self.colouring.resolution.definition(file, item.node)}
            if targets and targets <= set(SESSION_CLASSES):
                both = f"AsyncSession | {item.local}"
                if shared and both in code:
                    return
                code = re.sub(rf"(?<![\w.])(AsyncSession \| )?{item.local}\b", both if shared else "AsyncSession", code)
                self.draft.add(file, ReplaceExpression(span=span_of(node), code=code))
                self.draft.add_import(file, async_session_module(targets.pop()), "AsyncSession")
                if not shared:
                    self._remove(file, item)
                return

    def _remove(self, file: File, item: ImportedName) -> None:
        """An import, and what says that it is for the checker, go where nothing uses them any more."""
        self.draft.remove_import(file, item.written, item.name)
        if not item.is_top:
            self.draft.remove_import(file, "typing", "TYPE_CHECKING")

    def _query_type(self, file: File, annotation: Node) -> None:
        """A query is a select now; what it selects is worded otherwise there, so it is left out."""
        if annotation.type in ("identifier", "attribute"):
            targets = {target.name for target in self.colouring.resolution.definition(file, annotation)}
            if targets and targets <= QUERY_CLASSES:
                self._select(file, annotation, annotation)
            return
        if annotation.type == "string" and QUOTED.fullmatch(text_of(annotation)):
            self._select(file, annotation, annotation)
            return
        for child in annotation.named_children:
            if annotation.type in ("subscript", "generic_type") and child == annotation.named_children[0]:
                targets = {target.name for target in self.colouring.resolution.definition(file, child)}
                if targets and targets <= QUERY_CLASSES:
                    self._select(file, child, annotation)
                    return
            self._query_type(file, child)

    def _select(self, file: File, name: Node, whole: Node) -> None:
        self.draft.add(file, ReplaceExpression(span=span_of(whole), code="Select"))
        self.draft.add_import(file, "sqlalchemy", "Select")
        for item in file.imports:
            if item.local == text_of(name).strip("\"'").partition("[")[0]:
                self.draft.remove_import(file, item.written, item.name)


def _own_attributes(node: Node) -> set[str]:
    """The names of the attributes of `self` that stand in a node."""
    found = set[str]().union(*map(_own_attributes, node.named_children))
    if node.type == "attribute" and text_of(node.named_children[0]) == "self":
        found.add(text_of(node.named_children[-1]))
    return found


def _names(node: Node) -> list[Node]:
    if node.type in ("identifier", "attribute"):
        return [node]
    return [found for child in node.named_children for found in _names(child)]


def _strings(node: Node) -> list[Node]:
    if node.type == "string":
        return [node]
    return [found for child in node.named_children if child.type != "call" for found in _strings(child)]


def typed_in(body: Node | None) -> list[Node]:
    """The annotations of typed assignments, nested functions left out."""
    if body is None or body.type in ("function_definition", "class_definition"):
        return []
    if body.type == "assignment":
        kind = body.child_by_field_name("type")
        return [kind] if kind is not None else []
    return [found for child in body.named_children for found in typed_in(child)]
