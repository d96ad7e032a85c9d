"""Finds every name that means a holder of a client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.model import Holder, Reference
from awaitify.project.index import File, Function, ancestors, is_imported, text_of


@dataclass(eq=False)
class References:
    """Looks names up. homes: functions by the id of their node."""

    resolution: Resolution
    homes: dict[int, Function]

    def function_at(self, node: Node) -> Function | None:
        """The innermost function around a node's body position."""
        return next((self.homes[item.id] for item in ancestors(node) if item.id in self.homes), None)

    def of(self, holder: Holder) -> Iterator[Reference]:
        """The references outside of the tests, bindings included, imports left out."""
        if holder.kind == "result":
            yield from self._of_function(holder)
        elif holder.function is not None:
            yield from self._local(holder, holder.function)
        else:
            for file in self.resolution.project.files:
                if not file.is_test:
                    yield from self.in_file(holder, file)

    def in_file(self, holder: Holder, file: File) -> Iterator[Reference]:
        """The references to a module's variable, an attribute or a function in one file."""
        names = {holder.name} | {item.local for item in file.imports if item.name == holder.name}
        if not any(name.encode() in file.source.text for name in names):
            return
        nodes = file.named(*names)
        nodes = [node for node in nodes if not is_imported(node) and not _is_keyword(node)]
        nodes = [node for node in nodes if holder.kind != "attribute" or _is_attribute(node)]
        wanted = self._dotted(holder)
        for node, targets in zip(nodes, self.resolution.definitions(file, nodes), strict=True):
            found = {target.name for target in targets}
            unknown = not found and holder.kind == "attribute"
            own = holder.is_global and file is holder.file and _binds_at_module(node, self.function_at(node))
            if wanted in found or unknown or own:
                yield Reference(holder, node, file, self.function_at(node))

    def _dotted(self, holder: Holder) -> str:
        if holder.cls is not None:
            return f"{holder.cls.id}.{holder.name}"
        return holder.function.id if holder.function is not None else f"{holder.file.module}.{holder.name}"

    def _local(self, holder: Holder, function: Function) -> Iterator[Reference]:
        start, end = function.node.start_byte, function.node.end_byte
        for node in holder.file.names:
            if text_of(node) != holder.name or not start <= node.start_byte < end:
                continue
            if _is_attribute(node) or _is_keyword(node) or self._is_rebound(node, holder.name, function):
                continue
            yield Reference(holder, node, holder.file, self.function_at(node))

    def _is_rebound(self, node: Node, name: str, function: Function) -> bool:
        """Whether the name belongs to a function inside of the holder's, by a parameter."""
        inner = self.function_at(node)
        while inner is not None and inner is not function:
            if inner.param(name) is not None:
                return True
            inner = inner.parent
        return False

    def _of_function(self, holder: Holder) -> Iterator[Reference]:
        for file in self.resolution.project.files:
            if not file.is_test:
                for reference in self.in_file(holder, file):
                    if reference.node.parent is None or reference.node.parent.type != "function_definition":
                        yield reference


def _is_keyword(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "keyword_argument" and parent.child_by_field_name("name") == node


def _is_attribute(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node


def _binds_at_module(node: Node, function: Function | None) -> bool:
    parent = node.parent
    is_left = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node
    return is_left and function is None
