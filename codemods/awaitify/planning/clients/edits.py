"""The edits of clients that get their async form: where they are made and typed, and in the functions that use them."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import (
    AddArgument,
    AsyncComprehension,
    AsyncFor,
    AsyncWith,
    AwaitCall,
    AwaitMethod,
    InsertCode,
    Rename,
    ReplaceExpression,
)
from tree_sitter import Node

from awaitify.analysis.clients.finding import Clients
from awaitify.analysis.clients.model import Component, Holder, Reference, Seed, Use
from awaitify.analysis.effects import Effect
from awaitify.analysis.knowledge.forms import Client
from awaitify.analysis.naming import async_name
from awaitify.planning.bindings import is_bound
from awaitify.planning.clients.annotations import annotations_of, names_in
from awaitify.planning.clients.classes import class_edits
from awaitify.planning.clients.kept import is_kept, outlives
from awaitify.planning.clients.opened import OpenedClients
from awaitify.planning.clients.shared import SharedClients, can_take
from awaitify.planning.direct import DirectCalls
from awaitify.planning.draft import Draft
from awaitify.planning.generated import GeneratedModules
from awaitify.planning.renaming import rename_function
from awaitify.project.expressions import span_of_word
from awaitify.project.index import Call, File, Function, ancestors, is_within, span_of, text_of

Splice = tuple[tuple[int, int], str]


@dataclass(eq=False)
class ClientPlanner:
    """Plans clients into drafts. draft: that of the project; the copies of functions have their own."""

    clients: Clients
    draft: Draft
    shared: SharedClients = field(init=False)
    opened: OpenedClients = field(init=False)
    generated: GeneratedModules = field(init=False)
    direct: DirectCalls = field(default_factory=DirectCalls)

    def __post_init__(self) -> None:
        self.opened = OpenedClients(self.clients)
        self.generated = GeneratedModules(self.clients.effects.resolution.project)
        self.shared = SharedClients(self.draft, self.generated)

    def plan(self) -> None:
        """What stands outside of the functions that move."""
        self.direct.trace(self.clients.effects, self.draft)
        for component in self.clients.components:
            if component.mode == "swap":
                self._swap(component)
            elif component.mode == "twin" and component.is_usable:
                self._twin(component)

    def free(self, effect: Effect, draft: Draft) -> None:
        """A call whose async form needs no other object: another method of the same, or another function."""
        call, form = effect.call, self.clients.effects.knowledge.form(effect.detail)
        if call in self.clients.effects.direct:
            direct = self.clients.effects.direct[call]
            client = self.clients.effects.knowledge.client(f"{direct.library}.Client")
            self.direct.plan(direct, draft, self.shared.once(call.file, client.once if client is not None else None))
            return
        if form is None or not form.is_free:
            return
        name = form.rename
        if form.shared is not None:
            owner = self.shared.variable(call.file, form.shared)
            method = text_of(call.callee).rpartition(".")[2]
            draft.add(call.file, ReplaceExpression(span=span_of(call.callee), code=f"{owner}.{method}"))
        elif form.through:
            part = call.callee.child_by_field_name("object")
            owner = part.child_by_field_name("object") if part is not None else None
            assert part is not None and owner is not None
            code = f"{{0}}.{form.through}.{text_of(part).rpartition('.')[2]}"
            draft.add(call.file, ReplaceExpression(span=span_of(part), code=code, holes=(span_of(owner),)))
        elif form.generated:
            self.generated.call(effect, form.generated, draft)
        elif form.function and _imports_from(call, form.function.rpartition(".")[0]):
            rename_function(call.file, call.callee, form.function.rpartition(".")[2], draft)
        elif form.function:
            module, _, name = form.function.rpartition(".")
            taken = is_bound(call.file, module.partition(".")[0])
            draft.add_import(call.file, module, name if taken else "", f"async_{name}" if taken else "")
            code = f"async_{name}" if taken else form.function
            draft.add(call.file, ReplaceExpression(span=span_of(call.callee), code=code))
            self._forget(call, text_of(call.callee).partition(".")[0], draft)
        else:
            last = call.callee.child_by_field_name("attribute") or call.callee
            draft.add(call.file, Rename(span=span_of(last), new=name.format(text_of(last))))
        draft.add(call.file, AwaitCall(span=span_of(call.node)))

    def _forget(self, call: Call, local: str, draft: Draft) -> None:
        """The import of what is called no more goes, unless something names it from outside: `"app.api.time"`."""
        told = f"{call.file.module}.{local}".encode()
        if not any(told in file.source.text for file in self.clients.effects.resolution.project.files):
            draft.forget(call.file, call.callee)

    def function(self, function: Function, draft: Draft) -> None:
        """The uses inside a function that becomes async, into the draft that it is planned in."""
        for component, use in self.clients.native(function):
            _use(use, draft)
            if component.mode != "twin":
                continue
        for component in self.clients.components:
            if component.is_usable and component.mode == "twin":
                for reference in component.references:
                    if reference.function is function:
                        self._renamed(reference, draft)
                for seed in component.seeds:
                    if seed.call.function is function:
                        self._constructor(seed, component, draft)
                        self._once(seed, component, draft)

    def _renamed(self, reference: Reference, draft: Draft) -> None:
        """A reference to a module's variable or a function means its async twin here."""
        holder = reference.holder
        if not _has_twin(holder):
            return
        parent = reference.node.parent
        whole = parent if parent is not None and parent.type == "attribute" else reference.node
        node = whole if whole.type == "attribute" and whole.child_by_field_name("attribute") == reference.node else None
        rename_function(reference.file, node or reference.node, async_name(holder.name), draft)

    def _swap(self, component: Component) -> None:
        """The async class takes the place of the sync one."""
        for seed in component.seeds:
            self._constructor(seed, component, self.draft)
            self._once(seed, component, self.draft)
        for file, node in annotations_of(component):
            self._retype(component, file, node)

    def _constructor(self, seed: Seed, component: Component, draft: Draft) -> None:
        if seed.client.module:
            self.opened.make(seed, component, draft)
            return
        self.opened.packages |= set(seed.client.requires[:1])
        callee, file = seed.call.callee, seed.call.file
        new = self._becomes(seed.client, file, is_kept(seed.client, component, self.generated.project))
        for node, code in class_edits(seed.client.name, new, callee, file, draft):
            self._replace(node, code, file, draft)

    def _once(self, seed: Seed, component: Component, draft: Draft) -> None:
        """A client that a function makes takes what a file makes once."""
        call, once = seed.call, seed.client.once
        if once is None or call.function is None or outlives(component):
            return
        given = self.shared.once(call.file, once if can_take(call, once) else None)
        if given is not None:
            draft.add(call.file, AddArgument(span=span_of(call.node), keyword=given[0], code=given[1]))

    def _retype(self, component: Component, file: File, annotation: Node) -> None:
        """The class in an annotation, that of a client or of what it gives."""
        resolution = self.clients.effects.resolution
        for node in names_in(annotation):
            for target in resolution.definition(file, node):
                change = self._change(component, target.name, file)
                if change is None:
                    continue
                for place, code in class_edits(*change, node, file, self.draft):
                    self._replace(place, code, file, self.draft)
                break

    def _becomes(self, client: Client, file: File, kept: bool = False) -> str:
        """The async class, as a file imports it. kept: it outlives the function that makes it."""
        if kept:
            template, _, name = client.kept.partition(".")
            return f"{self.generated.module(file, template)}.{name}"
        if not client.generated:
            return client.becomes
        return f"{self.generated.module(file, client.generated)}.{client.becomes.rpartition('.')[2]}"

    def _change(self, component: Component, name: str, file: File) -> tuple[str, str] | None:
        """The class that a class of this definition becomes: both as one imports them."""
        for seed in component.seeds:
            if name in seed.client.calls:
                return seed.client.name, self._becomes(seed.client, file)
            if name in dict(seed.client.types):
                return name, dict(seed.client.types)[name]
        return None

    def _replace(self, node: Node, code: str, file: File, draft: Draft) -> None:
        if node.type == "identifier" and code.isidentifier():
            draft.add(file, Rename(span=span_of(node), new=code))
        else:
            draft.add(file, ReplaceExpression(span=span_of(node), code=code))

    def _twin(self, component: Component) -> None:
        """Async clients stand beside the sync ones, under names of their own."""
        for holder in component.holders:
            if holder.is_global or holder.kind == "attribute":
                for reference in component.references:
                    if reference.holder == holder:
                        self._copy_assignment(component, reference)
            elif holder.kind == "result" and holder.function is not None:
                self._copy_function(component, holder.function)

    def _copy_assignment(self, component: Component, reference: Reference) -> None:
        whole = reference.node.parent if reference.holder.kind == "attribute" else reference.node
        assignment = whole.parent if whole is not None else None
        if assignment is None or assignment.type != "assignment" or assignment.named_children[0] != whole:
            return
        statement = assignment.parent or assignment
        code = self._copied(component, statement, reference.file)
        self.draft.add(reference.file, InsertCode(span=span_of(statement), code=code))

    def _copy_function(self, component: Component, function: Function) -> None:
        name = (span_of(function.name_node), async_name(function.name))
        code = self._copied(component, function.outer, function.file, name)
        self.draft.add(function.file, InsertCode(span=span_of(function.outer), code="\n\n" + code))

    def _copied(self, component: Component, node: Node, file: File, *extra: Splice) -> str:
        """The source of a statement with every client in it made async."""
        own = Draft()
        for seed in component.seeds:
            if seed.call.file is file and is_within(seed.call.node, node):
                self._constructor(seed, component, own)
        for place, annotation in annotations_of(component):
            if place is file and is_within(annotation, node):
                own_planner = ClientPlanner(self.clients, own)
                own_planner.generated = self.generated
                own_planner._retype(component, file, annotation)
        splices = list(extra)
        for edit in own.edits[file]:
            if isinstance(edit, Rename):
                splices.append((edit.span, edit.new))
            elif isinstance(edit, ReplaceExpression):
                splices.append((edit.span, edit.code))
            elif edit.span == (0, 0) and type(edit).__name__ == "AddImport":
                self.draft.add(file, edit)
        for reference in component.references:
            if reference.file is file and is_within(reference.node, node) and _has_twin(reference.holder):
                splices.append((span_of(reference.node), async_name(reference.holder.name)))
        data, base = file.source.text[node.start_byte : node.end_byte], node.start_byte
        for (start, end), new in sorted(set(splices), reverse=True):
            data = data[: start - base] + new.encode() + data[end - base :]
        return data.decode()


def _has_twin(holder: Holder) -> bool:
    return holder.is_global or holder.kind in ("result", "attribute")


def _use(use: Use, draft: Draft) -> None:
    """One use in a function that becomes async."""
    if use.form is not None and use.form.rename and use.call is not None:
        name = use.call.callee.child_by_field_name("attribute") or use.call.callee
        draft.add(use.file, Rename(span=span_of(name), new=use.form.rename.format(text_of(name))))
    if use.how == "await":
        draft.add(use.file, AwaitCall(span=span_of(use.node)))
    elif use.how == "open":
        draft.add(use.file, AwaitMethod(span=span_of(use.node), method="open"))
    elif use.how == "upload":
        owner = use.node.child_by_field_name("object")
        draft.add(use.file, ReplaceExpression(span=span_of(use.node), code=text_of(owner or use.node)))
    elif use.how == "with":
        statement = next(node for node in ancestors(use.node) if node.type == "with_statement")
        draft.add(use.file, AsyncWith(span=span_of_word(statement, "with")))
    elif use.how == "for":
        statement = next(node for node in ancestors(use.node) if node.type == "for_statement")
        draft.add(use.file, AsyncFor(span=span_of_word(statement, "for")))
    elif use.how == "comprehension":
        clause = next(node for node in ancestors(use.node) if node.type == "for_in_clause")
        draft.add(use.file, AsyncComprehension(span=span_of_word(clause, "for")))
    elif use.how == "join" and use.call is not None:
        inner, *others = use.call.arguments
        rest = "".join(f", {text_of(item)}" for item in others)
        code = f"{text_of(use.call.callee)}([item async for item in {{0}}]{rest})"
        draft.add(use.file, ReplaceExpression(span=span_of(use.node), code=code, holes=(span_of(inner),)))
    elif use.how == "list" and use.call is not None:
        inner = use.call.arguments[0]
        code = "await {0}.to_list()" if "list" in use.result else "[item async for item in {0}]"
        draft.add(use.file, ReplaceExpression(span=span_of(use.node), code=code, holes=(span_of(inner),)))


def _imports_from(call: Call, module: str) -> bool:
    """Whether the function that is called is imported by name from this module."""
    name = text_of(call.callee)
    return any(item.local == name and item.name == name and item.module == module for item in call.file.imports)
