"""Sessions of a library (`boto3.Session()`) that clients are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.holders import Escape, Holding
from awaitify.analysis.clients.model import Holder, Seed
from awaitify.project.index import Call, File, text_of


@dataclass(eq=False)
class SessionsOfClients(Holding):
    """The steps of the walk that start at a session."""

    def check_session(self, seed: Seed) -> None:
        """What `session.client(...)` is called on is made there, or is a variable or an attribute of the own object for
        sessions alone: it becomes the async library's."""
        session = session_of(seed, self.resolution)
        if session is None:
            return
        made = self.calls.get(session.id)
        if session.type in ("identifier", "attribute"):
            made = self._kept_session(session, seed.call.file)
            self.component.sessions += [made] if made is not None else []
        is_plain = made is not None and all(
            item.type == "keyword_argument" and text_of(item.named_children[0]) != "botocore_session"
            for item in made.arguments
        )
        if made is None or not is_plain or seed.client.lacks:
            raise Escape(session, f"the session {text_of(session)[:40]} stays the sync library's")

    def _kept_session(self, session: Node, file: File) -> Call | None:
        """The call that makes the session in what holds it, which is a holder then: it joins the clients made of it."""
        for holder in self._holders(session, file):
            found = [reference.node for reference in self.references.of(holder)]
            nodes = [node.parent if holder.kind == "attribute" and node.parent else node for node in found]
            values = [node.parent.child_by_field_name("right") for node in nodes if binds(node) and node.parent]
            made = self.calls.get(values[0].id) if len(values) == 1 and values[0] is not None else None
            if made is not None and all(binds(node) or self._makes_client(node) for node in nodes):
                self.component.holders.add(holder)
                return made
        return None

    def _holders(self, session: Node, file: File) -> Iterator[Holder]:
        """What may hold it: a variable of the function or of the module, or an attribute of the object."""
        function = self.references.function_at(session)
        if session.type == "identifier":
            yield Holder("variable", text_of(session), file, function)
            yield Holder("variable", text_of(session), file, None)
        elif function is not None and function.cls is not None and function.params:
            owner, name = session.child_by_field_name("object"), session.child_by_field_name("attribute")
            if owner is not None and name is not None and text_of(owner) == function.params[0].name:
                yield Holder("attribute", text_of(name), file, None, function.cls)

    def _makes_client(self, node: Node) -> bool:
        """Whether a name is what `.client(...)` or `.resource(...)` is called on."""
        outer = node.parent.parent if node.parent is not None and node.parent.type == "attribute" else None
        call = self.calls.get(outer.id) if outer is not None else None
        return call is not None and any(
            self.knowledge.client(target.name) is not None for target in self.resolution.targets.get(call, ())
        )


def binds(node: Node) -> bool:
    """Whether an assignment binds a name or an attribute."""
    parent = node.parent
    return parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node


def session_of(seed: Seed, resolution: Resolution) -> Node | None:
    """The expression whose `.client(...)` a constructor's call is; None for `boto3.client(...)`."""
    names = {target.name for target in resolution.targets.get(seed.call, ())}
    callee = seed.call.callee
    return callee.child_by_field_name("object") if any(".Session." in name for name in names) else None
