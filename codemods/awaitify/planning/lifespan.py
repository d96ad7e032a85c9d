"""Code that runs where the application starts and where it ends: in the lifespan that is there, or in a new one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, ancestors, span_of, text_of

HANDLERS = re.compile(rb"on_event\(|on_startup|on_shutdown|add_event_handler\(")
Import = tuple[str, str]


@dataclass(eq=False)
class Lifespan:
    """Collects statements, then plans them. start, end: statements; imports: (module, name) that they need; made: the
    files that got a lifespan, for all their applications."""

    resolution: Resolution
    draft: Draft
    start: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    made: set[File] = field(default_factory=set)

    def apps(self) -> list[Call]:
        """The calls that make the applications, outside of the tests; those that another one mounts start with that:
        nothing runs a lifespan of their own."""
        calls = [call for file in self.resolution.project.files if not file.is_test for call in file.calls]
        made = [call for call in calls if _is_app(call, self.resolution)]
        mounted = {
            (target.path, target.offset)
            for call in calls
            if text_of(call.callee).endswith(".mount")
            for argument in call.arguments
            for target in self.resolution.definition(call.file, argument.child_by_field_name("value") or argument)
        }
        return [call for call in made if _place_of(call) not in mounted] or made

    def place(self) -> bool:
        """Plans what was collected for every application; says whether a place was found."""
        if not self.start and not self.end:
            return True
        placed = [self._place(call) for call in self.apps()]
        return any(placed)

    def _place(self, call: Call) -> bool:
        statement = _statement(call)
        lifespan = _keyword(call, "lifespan")
        if lifespan is not None:
            return self._into(call.file, lifespan)
        if statement is None or statement.parent is None or statement.parent.type != "module":
            return False
        name = text_of(statement.named_children[0].child_by_field_name("left") or statement)
        if any(HANDLERS.search(file.source.text) for file in self.resolution.project.files):
            self._handlers(call, statement, name)
        elif _defines(call.file, "lifespan") or _is_edited(call, self.draft):
            return False
        else:
            self._own(call, statement)
        self._import(call.file)
        return True

    def _handlers(self, call: Call, statement: Node, name: str) -> None:
        """Startup and shutdown handlers beside those that are there."""
        closing = "dispose_engines" if all(line.endswith(".dispose()") for line in self.end) else "close_clients"
        made = (("startup", "size_thread_pool", self.start), ("shutdown", closing, self.end))
        for event, function, lines in made:
            if lines:
                body = "\n    ".join(lines)
                code = f'\n\n@{name}.on_event("{event}")\nasync def {function}() -> None:\n    {body}\n'
                self.draft.add(call.file, InsertCode(span=span_of(statement), code=code))

    def _into(self, file: File, node: Node) -> bool:
        for target in self.resolution.definition(file, node):
            function = self.resolution.function_of(target)
            ending = _last_yield(function) if function is not None else None
            if function is not None and function.is_async and ending is not None:
                place = span_of(_first_statement(function))
                for line in self.start:
                    self.draft.add(function.file, InsertCode(span=place, where="before", code=line))
                for line in self.end:
                    self.draft.add(function.file, InsertCode(span=span_of(ending), code=line))
                self._import(function.file)
                return True
        return False

    def _own(self, call: Call, statement: Node) -> None:
        body = "\n    ".join([*self.start, "yield", *self.end])
        code = (
            f"@asynccontextmanager\nasync def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:\n    {body}\n\n\n"
        )
        if call.file not in self.made:
            self.made.add(call.file)
            self.draft.add(call.file, InsertCode(span=span_of(statement), where="before", code=code))
        text = text_of(call.node)[:-1].rstrip()
        separator = "" if text.endswith((",", "(")) else ","
        space = "" if text.endswith("(") else " "
        lines = "\n" in text
        closing = f"{separator}\n    lifespan=lifespan,\n)" if lines else f"{separator}{space}lifespan=lifespan)"
        self.draft.add(call.file, ReplaceExpression(span=span_of(call.node), code=text + closing))
        self.draft.add_import(call.file, "contextlib", "asynccontextmanager")
        self.draft.add_import(call.file, "collections.abc", "AsyncGenerator")
        self.draft.add_import(call.file, "fastapi", "FastAPI")

    def _import(self, file: File) -> None:
        for module, name in self.imports:
            self.draft.add_import(file, module, name)


def _is_app(call: Call, resolution: Resolution) -> bool:
    return any(target.name == "fastapi.applications.FastAPI" for target in resolution.targets.get(call, ()))


def _statement(call: Call) -> Node | None:
    """The statement `app = FastAPI(...)`."""
    parent = call.node.parent
    if parent is None or parent.type != "assignment" or parent.child_by_field_name("right") != call.node:
        return None
    return next((node for node in ancestors(call.node) if node.type == "expression_statement"), None)


def _place_of(call: Call) -> tuple[object, int]:
    """Where the name of an application is bound."""
    parent = call.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return call.file.path, left.start_byte if left is not None else -1


def _keyword(call: Call, name: str) -> Node | None:
    for argument in call.arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None


def _is_edited(call: Call, draft: Draft) -> bool:
    start, end = span_of(call.node)
    return any(start <= edit.span[0] and edit.span[1] <= end and edit.span != (0, 0) for edit in draft.edits[call.file])


def _defines(file: File, name: str) -> bool:
    return any(item.name == name for item in file.functions) or any(item.local == name for item in file.imports)


def _first_statement(function: Function) -> Node:
    body = function.node.child_by_field_name("body")
    assert body is not None
    statements = [node for node in body.named_children if node.type != "comment"]
    is_docstring = statements[0].type == "expression_statement" and statements[0].named_children[0].type == "string"
    return statements[1] if is_docstring and len(statements) > 1 else statements[0]


def _last_yield(function: Function) -> Node | None:
    """The statement of the last `yield`."""
    found: Node | None = None
    todo = [function.node]
    while todo:
        node = todo.pop()
        inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
        if inner is not None and inner.type == "yield" and (found is None or node.start_byte > found.start_byte):
            found = node
        todo += [child for child in node.named_children if child.type not in ("function_definition", "lambda")]
    return found
