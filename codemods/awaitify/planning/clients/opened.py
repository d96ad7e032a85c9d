"""Clients that have to be opened: the module that the project gets for them, and how they are made with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_templates.environment import render
from awaitify_transforms.edits import EnterRest, Rename, ReplaceExpression

from awaitify.analysis.clients.finding import Clients
from awaitify.analysis.clients.model import Component, Seed
from awaitify.analysis.clients.sessions import session_of
from awaitify.plan_model import TextPlan
from awaitify.planning.bindings import is_bound
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, span_of, text_of


@dataclass(eq=False)
class OpenedClients:
    """Plans constructors. modules: those that the project gets; packages: the distributions that it needs."""

    clients: Clients
    modules: dict[str, TextPlan] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)

    def make(self, seed: Seed, component: Component, draft: Draft) -> None:
        """`boto3.client("s3")` becomes `AwsClient("s3")`, or `async with open_client("s3")` around what follows."""
        client, call, file = seed.client, seed.call, seed.call.file
        library = self.clients.library or client.requires[0]
        self.packages.add(library)
        module, _, name = client.becomes.rpartition(".")
        self._write(module, client.module, library)
        if component.is_entered:
            name = client.opens
            statement = call.node.parent.parent if call.node.parent is not None else None
            left = call.node.parent.child_by_field_name("left") if call.node.parent is not None else None
            assert statement is not None and left is not None
            draft.add(file, EnterRest(span=span_of(statement), name=text_of(left)))
        alias = f"aws_{name}" if is_bound(file, name) else ""
        draft.add_import(file, module, name, alias)
        for session in component.sessions:
            draft.add_import(session.file, library)
            code = f"{library}.Session"
            draft.add(session.file, ReplaceExpression(span=span_of(session.callee), code=code))
            _forget(session, session.file, draft)
        self._call(seed, alias or name, library, draft)
        _forget(call, file, draft)

    def _call(self, seed: Seed, name: str, library: str, draft: Draft) -> None:
        call = seed.call
        session = session_of(seed, self.clients.effects.resolution)
        if session is None:
            span = span_of(call.callee)
            is_name = call.callee.type == "identifier"
            draft.add(call.file, Rename(span=span, new=name) if is_name else ReplaceExpression(span=span, code=name))
            return
        made = session.child_by_field_name("arguments")
        own = f"session={text_of(session)}"
        if made is not None:
            own = f"session={library}.Session{text_of(made)}"
        parts = [*(text_of(argument) for argument in call.arguments), own]
        draft.add_import(call.file, library)
        draft.add(call.file, ReplaceExpression(span=span_of(call.node), code=f"{name}({', '.join(parts)})"))

    def _write(self, module: str, template: str, library: str) -> None:
        home = self.clients.home
        assert home is not None
        path = home.path(template)
        project = self.clients.effects.resolution.project
        if path in project.by_path or module in self.modules:
            return
        client = "client" if library == "aioboto3" else "create_client"
        text = render(f"{template}.py.j2", library=library, client=client)
        self.modules[module] = TextPlan(path.relative_to(project.root).as_posix(), "", text)


def _forget(call: Call, file: File, draft: Draft) -> None:
    """The imports of what made the sync client, where nothing else uses them."""
    first = text_of(call.callee).partition(".")[0].partition("(")[0]
    for item in file.imports:
        if item.local.partition(".")[0] == first:
            draft.remove_import(file, item.module, item.name)
