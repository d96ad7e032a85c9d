"""The async dependency beside the sync one that it replaces, and the code that opens an async session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.entries.model import Entries
from awaitify.analysis.loading.names import walk
from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.classes import derived_session
from awaitify.analysis.sessions.openers import is_manager
from awaitify.analysis.values import ENGINE, FACTORY, SCOPED, function_classes, value_classes, yielded_classes
from awaitify.plan_model import Reason
from awaitify.planning.async_code import AsyncCode, Splice, spliced
from awaitify.planning.database_setup import apart, setup_statements
from awaitify.planning.draft import NotTwinned
from awaitify.planning.engine_makers import lost_beside
from awaitify.planning.names import SQLALCHEMY_ASYNC, async_session_module
from awaitify.planning.variables import globals_of
from awaitify.project.index import Call, File, Function, span_of, text_of
from awaitify.project.nodes import with_of


@dataclass(eq=False)
class Sessions(AsyncCode):
    """Makes the async twins of providers, and opens async sessions where sync ones are opened. copied: the functions
    that got an async copy beside them; there: those that had one."""

    copied: set[Function] = field(default_factory=set)
    there: set[Function] = field(default_factory=set)
    entries: Entries = field(default_factory=Entries)

    def provider(self, function: Function) -> str:
        """The name of the async twin of a dependency that yields a session; the twin is planned if it is not there."""
        return self._function_twin(function, self.names.get("get_db") or async_name(function.name))

    def function_twin(self, callee: Function, file: File, node: Node) -> str:
        """The name of the async copy of a maker, usable in this file."""
        name = self.maker_twin(callee)
        if callee.file is not file and node.type == "identifier":
            self._import_near(file, node, callee.file, name)
        return name

    def maker_twin(self, callee: Function) -> str:
        """The name of the async copy of a maker or an opener."""
        return self._function_twin(callee, async_name(callee.name))

    def _function_twin(self, function: Function, name: str) -> str:
        key = (function.file, function.id)
        if key in self.made:
            return self.made[key]
        existing = self.resolution.project.functions.get(f"{function.id.removesuffix(function.name)}{name}")
        if existing is not None and not _gives_async(existing, function):
            name, existing = f"{name}_", None
        self.made[key] = name
        if existing is not None:
            self.there.add(function)
        if existing is None:
            state = self.snapshot()
            self.copying.add(function)
            try:
                code = self.async_copy(function, name)
            except NotTwinned:
                self.restore(state)
                self.made.pop(key, None)
                raise
            finally:
                self.copying.discard(function)
            lead = "\n" if function.cls else "\n\n"
            self.draft.add(function.file, InsertCode(span=span_of(function.outer), code=lead + code))
            self.copied.add(function)
        return name

    def async_copy(self, function: Function, name: str) -> str:
        """The source of a provider or a maker as an async function of another name."""
        splices = [(span_of(function.name_node), name), *self._decorators(function)]
        body = function.node.child_by_field_name("body")
        left = setup_statements(function, self.resolution)
        parts = [item for item in body.named_children if item not in left] if body is not None else []
        inner = [splice for item in parts for splice in self.splices(function.file, item, function)]
        inner = list(apart([*inner, *self._withs(function), *self.types(function)], left, function))
        if not function.is_async and self._must_wait(function, inner):
            splices.append(((function.node.start_byte, function.node.start_byte), "async "))
        imports = list(self._imports(function))
        inner = [item for item in inner if not any(whole[0] <= item[0][0] < whole[1] for whole, _ in imports)]
        splices += [*inner, *imports]
        splices += [*self._dependencies(function), *_global_names(function, inner)]
        text = spliced(function.file, span_of(function.outer), splices)
        return _dedent(text, function.outer.start_point[1])

    def _must_wait(self, function: Function, inner: list[Splice]) -> bool:
        """Whether the copy is an async function; a dependency that only returns is one, to stay out of the threads."""
        waits = function.is_generator or any(
            new in ("await ", "async ") or new.startswith("await ") for _, new in inner
        )
        if waits and not function.is_generator and self.maker_classes(function):
            raise NotTwinned(_why(function, f"{function.id} waits while it makes an engine or sessions"))
        return waits or not (self.maker_classes(function) or function in self.effects.openers)

    def _withs(self, function: Function) -> Iterator[Splice]:
        """`with` becomes `async with` over sessions and transactions."""
        for effect in self.effects.of(function):
            is_begun = effect.kind == "stays" and effect.detail.rpartition(".")[2] in ("begin", "begin_nested")
            statement = with_of(effect.call.node) if effect.kind == "opens" or is_begun else None
            if statement is None:
                if is_begun:
                    yield (effect.call.node.start_byte, effect.call.node.start_byte), "await "
                continue
            if statement.children[0].type != "async":
                if sum(child.type == "with_item" for child in _items(statement)) > 1:
                    raise NotTwinned(_why(function, f"{function.id} has several items in one with statement"))
                yield (statement.start_byte, statement.start_byte), "async "

    def _decorators(self, function: Function) -> Iterator[Splice]:
        for decorator in function.decorators if is_manager(function) else ():
            node = decorator.named_children[0]
            last = node.child_by_field_name("attribute") or node
            if text_of(last) == "contextmanager":
                yield span_of(last), "asynccontextmanager"
                if node.type == "identifier":
                    self.draft.add_import(function.file, "contextlib", "asynccontextmanager")

    def opened(self, call: Call) -> str:
        """The code that opens an async session where this call opens a sync one."""
        return self.code(call.file, call.node, None)

    def value_code(self, home: File, assignment: Node, variable: str) -> str:
        """The code of the twin's value beside an assignment."""
        right = assignment.child_by_field_name("right")
        if right is None or text_of(right) == "None":
            return "None"
        if ENGINE not in value_classes(self.resolution, home, [right])[0]:
            changed = list(self.splices(home, right, None))
            if changed:
                return spliced(home, span_of(right), changed)
            message = f"{text_of(assignment)[:60]} is not a plain call of sessionmaker"
            raise NotTwinned(Reason("session-factory", message, home.source.relative, assignment.start_point[0] + 1))
        return self._engine_beside(home, right, variable)

    def _engine_beside(self, home: File, right: Node, variable: str) -> str:
        call = self.resolution.call_at(home, right)
        if call is not None and lost_beside(home, right, self.effects):
            return self.engine_code(home, right)
        is_plain = call is not None and text_of(call.callee).rpartition(".")[2] == "create_engine"
        self.draft.add_import(home, SQLALCHEMY_ASYNC, "create_async_engine")
        parts = [self.url_of_engine(home, variable, call if is_plain else None, right)]
        return f"create_async_engine({', '.join([*parts, *(self.engine_options(call) if call and is_plain else [])])})"

    def _dependencies(self, function: Function) -> Iterator[Splice]:
        """The providers that the signature asks for, async; an alias of one is written out."""
        entries = self.entries
        for site in entries.sites:
            if site.owner is not function or site.argument is None or not isinstance(site.target, Function):
                continue
            if self.gives_sessions(site.target):
                last = site.argument.child_by_field_name("attribute") or site.argument
                yield span_of(last), self.provider(site.target)
                if site.argument.type == "identifier" and site.target.file is not function.file:
                    self._import_like(function.file, text_of(last), site.target.file, self.provider(site.target))
        for site, node in entries.alias_uses.get(function, ()):
            if isinstance(site.target, Function) and not self.gives_sessions(site.target):
                continue
            if not isinstance(site.target, Function) or len(entries.aliases[site.call.file, site.alias]) != 1:
                raise NotTwinned(_why(function, f"{text_of(node)} is more than an alias of one dependency"))
            name = self.provider(site.target)
            if site.target.file is not function.file:
                self.draft.add_import(function.file, site.target.file.module, name)
            self.draft.add_import(function.file, "fastapi", "Depends")
            kind, is_default = "", any(param.default == node for param in function.params)
            if not is_default:
                self.draft.add_import(function.file, "typing", "Annotated")
                kind = self._given_type(function.file, site.target)
            yield span_of(node), f"Depends({name})" if is_default else f"Annotated[{kind}, Depends({name})]"

    def _given_type(self, file: File, function: Function) -> str:
        """The class of what the async copy of a dependency gives."""
        makes = {ENGINE: "AsyncEngine", FACTORY: "async_sessionmaker"}
        kind = next((makes[name] for name in sorted(self._given(function)) if name in makes), "AsyncSession")
        self.draft.add_import(file, SQLALCHEMY_ASYNC, kind)
        return kind

    def _given(self, function: Function) -> set[str]:
        given = yielded_classes if function.is_generator else function_classes
        return {name.partition("[")[0] for name in given(self.resolution, function)}

    def gives_sessions(self, function: Function) -> bool:
        """Whether a dependency gives a session, or an engine or a factory: another one stays as it is, and one that
        keeps what it gave (a cache would keep a coroutine)."""
        found = self._given(function)
        is_kept = bool(function.decorators) and not is_manager(function)
        own = [cls for name in found if (cls := self.resolution.project.classes.get(name)) is not None]
        is_derived = any(derived_session(self.resolution, cls) is not None for cls in own)
        known = bool(found & {ENGINE, FACTORY, SCOPED, *SESSION_CLASSES})
        return known or is_derived or (not found and not is_kept)

    def types(self, function: Function) -> Iterator[Splice]:
        """The classes in the signature and in typed assignments."""
        result = function.node.child_by_field_name("return_type")
        body = function.node.child_by_field_name("body")
        if result is not None and function.is_generator:
            self.draft.add_import(function.file, "collections.abc", "AsyncGenerator")
            yield span_of(result), f"AsyncGenerator[{self._yielded(function, result)}, None]"
        elif result is not None:
            yield from self.type_names(function.file, result)
        for param in function.params:
            if param.annotation is not None:
                yield from self.type_names(function.file, param.annotation)
        for node in _typed(body) if body is not None else ():
            yield from self.type_names(function.file, node)

    def _yielded(self, function: Function, result: Node) -> str:
        """What the copy of a generator yields: an async session, or an object that keeps one."""
        first = yielded_type(result)
        names = self._given(function) & self.resolution.project.classes.keys()
        if first is not None and names and not self.gives_sessions(function):
            return text_of(first)
        self._import_session(function)
        return "AsyncSession"

    def _import_session(self, function: Function) -> None:
        names = yielded_classes(self.resolution, function)
        self.draft.add_import(function.file, async_session_module(next(iter(sorted(names)), "")), "AsyncSession")

    def type_names(self, file: File, annotation: Node) -> Iterator[Splice]:
        """The classes in an annotation, async."""
        if annotation.type in ("identifier", "attribute"):
            for target in self.resolution.definition(file, annotation):
                new = {ENGINE: "AsyncEngine", FACTORY: "async_sessionmaker"}.get(target.name, "")
                new = "AsyncSession" if target.name in SESSION_CLASSES else new
                if new:
                    self.draft.add_import(file, async_session_module(target.name), new)
                    yield span_of(annotation), new
                    return
            return
        for child in annotation.named_children:
            yield from self.type_names(file, child)


def _global_names(function: Function, splices: list[Splice]) -> Iterator[Splice]:
    """The names in `global` statements whose uses in the function get another name."""
    text = function.file.source.text
    renamed = {text[start:end].decode(): new for (start, end), new in splices}
    for statement in globals_of(function):
        for name in statement.named_children:
            if text_of(name) in renamed:
                yield span_of(name), renamed[text_of(name)]


def _items(statement: Node) -> list[Node]:
    clause = next((child for child in statement.named_children if child.type == "with_clause"), statement)
    return clause.named_children


def _gives_async(function: Function, original: Function) -> bool:
    """Whether a function that is there already can serve as the async twin."""
    text = text_of(function.node).replace(function.name, "")
    return (function.is_async or not original.is_generator) and ("Async" in text or "async_" in text)


def yielded_type(result: Node) -> Node | None:
    """What a generator yields, of its annotation: `Item` of `Iterator[Item]`."""
    given = next((item for item in walk(result) if item.type in ("type_parameter", "subscript")), None)
    inner = [item for item in given.named_children if item.type != "comment"] if given is not None else []
    return (inner[0] if given is not None and given.type == "type_parameter" else inner[1]) if inner else None


def _typed(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "assignment":
            kind = child.child_by_field_name("type")
            yield from [kind] if kind is not None else ()
        if child.type not in ("function_definition", "class_definition"):
            yield from _typed(child)


def _dedent(text: str, columns: int) -> str:
    prefix = " " * columns
    return "\n".join(line.removeprefix(prefix) for line in text.split("\n")) if columns else text


def _why(function: Function, message: str) -> Reason:
    return Reason("session-provider", message, function.file.source.relative, function.line)
