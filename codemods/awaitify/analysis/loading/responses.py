"""The last cure of what a response model reads: the model reads it once on the session, before the route returns.

FastAPI makes the model when the route has returned, where no lazy load can wait; by then all that it reads is loaded.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass

from awaitify_transforms.edits import ReturnAfter
from tree_sitter import Node

from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.analysis.loading.names import walk
from awaitify.analysis.loading.once import is_result, lasts
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.schemas import Schemas
from awaitify.project.index import File, Function, Project, ancestors, span_of, text_of

REASON = "what the response model reads is loaded while the session is at hand"
LISTS = ("list", "List", "Sequence", "Iterable")
OLD, NEW = "{model}.from_orm({value})", "{model}.model_validate({value}, from_attributes=True)"
#: What pydantic raises, and what that is.
REFUSALS = ("ValidationError", "ValueError")
#: What stands between the statement and the function: code after the `return` would run before the model is made.
APART = ("with_statement", "lambda", "class_definition")
#: What a late read lies in, in code: `Page(data=found)`.
MADE = ("keyword_argument", "argument_list", "call")
NAMES = ("found", "result", "answer", "response_content")


def taking(knowledge: Knowledge, project: Project) -> str:
    """How a response model takes an object; "" where a handler of the service would see that a model refuses one."""
    if any(_handles(file) for file in project.files if not file.is_test):
        return ""
    return OLD if knowledge.is_before("pydantic 2") else NEW


def _handles(file: File) -> bool:
    """Whether a file tells the app of a handler for what a model raises, under whatever name it imports that."""
    named = (item.local for item in file.imports if item.name in REFUSALS and not item.module.startswith("fastapi"))
    names = "|".join(map(re.escape, {*REFUSALS, *named}))
    told = rf"exception_handler\(\s*(?:\w+\.)*(?:{names})\b|exception_handlers\b[^}}]*(?<!\w)(?:{names})\s*:"
    return re.search(told.encode(), file.source.text) is not None


@dataclass(frozen=True, slots=True)
class Response:
    """statement: the `return`; code: what reads all that the model reads, on the session; read: what makes a list of a
    result, that can be read once."""

    statement: Node
    code: str
    name: str
    read: str = ""

    def edit(self) -> ReturnAfter:
        """`await db.run_sync(lambda _: Model.model_validate(found, from_attributes=True))` before it returns."""
        return ReturnAfter(span=span_of(self.statement), code=self.code, name=self.name, read=self.read, reason=REASON)


@dataclass(frozen=True, slots=True)
class Responses:
    """routes: function id -> node of its response model; method: how a model of this pydantic takes an object."""

    routes: Mapping[str, Node | None]
    schemas: Schemas
    method: str
    types: Types

    def of(self, read: Read, sessions: Mapping[str, object]) -> Response | None:
        """Where a read by a response model can run on the route's session; None where it cannot."""
        model, codes = self.routes.get(read.function.id), list(sessions.get(read.function.id, ()))  # type: ignore[call-overload]
        statement = _statement(read)
        if model is None or statement is None or len(codes) != 1 or not read.cls or read.function.is_generator:
            return None
        if read.is_late and self.method == OLD:  # takes no object that was not made for it
            return None
        value = statement.named_children[0]
        once = not lasts(self.types, read.function, value)
        if once and not is_result(self.types, read.function, value):
            return None
        name = "" if value.type == "identifier" and not once else _free(read.function)
        kind, optional = _certain(model)
        given = name or text_of(value)
        code = self._code(read.function, kind, given)
        own = read.function.file.source.text[model.start_byte : model.end_byte] == model.text
        if not code or not own or (not name and text_of(value) == "_") or read.function.file.is_test:
            return None
        written = f"await {codes[0]}.run_sync(lambda _: {code})"
        code = f"if {given} is not None:\n    {written}\n" if optional else written
        return Response(statement, code, name, "all" if once else "")

    def _code(self, function: Function, model: Node, value: str) -> str:
        """What makes the model out of a value; "" for an annotation that is not followed."""
        head, inner = _parts(model)
        if head.rpartition(".")[2] in LISTS and len(inner) == 1:
            each = self._code(function, inner[0], "item")
            return each and f"[{each} for item in {value}]"
        cls = self.schemas.mapping.names.find(function.file, head)
        if not head or cls is None or not self.schemas.is_schema(cls):
            return ""
        return self.method.format(model=text_of(model), value=value)


def _certain(model: Node) -> tuple[Node, bool]:
    """The annotation without `| None` or `Optional`, and whether it had one."""
    if model.type == "type":
        return _certain(model.named_children[0])
    if model.type == "binary_operator":
        sides = [node for node in model.named_children if node.type != "none"]
        return (sides[0], True) if len(sides) == 1 else (model, False)
    head, inner = _parts(model)
    return (inner[0], True) if head.rpartition(".")[2] == "Optional" and len(inner) == 1 else (model, False)


def _parts(model: Node) -> tuple[str, list[Node]]:
    """`list` and `[X]` of `list[X]`; the name alone, of a name."""
    if model.type == "type":
        return _parts(model.named_children[0])
    if model.type in ("identifier", "attribute"):
        return text_of(model), []
    if model.type == "subscript":
        return text_of(model.named_children[0]), model.children_by_field_name("subscript")
    if model.type == "generic_type":
        given = next((item for item in model.named_children if item.type == "type_parameter"), None)
        return text_of(model.named_children[0]), given.named_children if given is not None else []
    return "", []


def _statement(read: Read) -> Node | None:
    """The `return` that hands the object over, itself or in a dictionary, alone on its line in a plain block. What its
    own code reads (`return project.tasks`) is read before the model is made."""
    node = read.node.parent if read.receiver == read.node else None
    while node is not None and node.type in (("pair", "dictionary", *MADE) if read.is_late else ("pair", "dictionary")):
        node = node.parent
    block = node.parent if node is not None and node.type == "return_statement" else None
    if node is None or block is None or block.type != "block" or read.receiver is None:
        return None
    around = [item for item in ancestors(node) if item.start_byte >= read.function.node.start_byte]
    own = next(item for item in around if item.type in ("function_definition", "lambda"))
    outer = around[: around.index(own)]
    is_alone = block.parent is not None and block.parent.start_point[0] < node.start_point[0]
    is_plain = own == read.function.node and not any(item.type in APART or _would_see(item) for item in outer)
    return node if is_alone and is_plain else None


def _would_see(statement: Node) -> bool:
    """Whether a `try` would see what making the model raises, or does something before it is made."""
    if statement.type != "try_statement":
        return False
    clauses = [item for item in statement.named_children if item.type.endswith("_clause")]
    named = [item.named_children[0] for item in clauses if item.type == "except_clause"]
    caught = [name for item in named for name in re.findall(r"(?:\w+\.)*\w+", text_of(item).partition(" as ")[0])]
    is_plain = all(item.type == "except_clause" and item.named_children[0].type != "block" for item in clauses)
    return not is_plain or any(hasattr(builtins, name) or name.endswith("ValidationError") for name in caught)


def _free(function: Function) -> str:
    """A name that the function does not use."""
    words = {text_of(item) for item in walk(function.node) if item.type == "identifier"}
    return next(name for name in (*NAMES, f"{NAMES[0]}_of_{function.name}") if name not in words)
