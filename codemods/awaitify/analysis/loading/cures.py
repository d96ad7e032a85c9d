"""The edits that cure a lazy load: an eager mapping, or a refresh after the commit that made the object."""

from __future__ import annotations

from awaitify_transforms.edits import AddImport, Edit, InsertCode, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.loading.names import Names, keyword, last_name, positional, string_value
from awaitify.analysis.loading.types import statement_of
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.expressions import outdented
from awaitify.project.index import Function, span_of, text_of

WHY = "the relationship is read where the session cannot load it lazily"


def make_eager(relationship: Relationship) -> list[Edit]:
    """The edits of the mapping's file that set `lazy="selectin"` on a relationship."""
    node = relationship.node
    if relationship.from_backref:
        return _eager_backref(node)
    mode = keyword(node, "lazy")
    if mode is not None:
        return [_replace(mode, _quoted_like(mode, '"selectin"'))]
    if relationship.sqlmodel:
        return _eager_sqlmodel(node)
    return [_with_argument(node, 'lazy="selectin"')]


def _eager_backref(node: Node) -> list[Edit]:
    if node.type == "call":
        mode = keyword(node, "lazy")
        return [_replace(mode, '"selectin"') if mode is not None else _with_argument(node, 'lazy="selectin"')]
    code = f'backref({text_of(node)}, lazy="selectin")'
    return [_replace(node, code), AddImport(span=(0, 0), module="sqlalchemy.orm", name="backref", reason=WHY)]


def _eager_sqlmodel(node: Node) -> list[Edit]:
    kwargs = keyword(node, "sa_relationship_kwargs")
    if kwargs is None:
        return [_with_argument(node, 'sa_relationship_kwargs={"lazy": "selectin"}')]
    if kwargs.type == "dictionary":
        for pair in kwargs.named_children:
            value = pair.child_by_field_name("value") if pair.type == "pair" else None
            if value is not None and string_value(pair.child_by_field_name("key")) == "lazy":
                return [_replace(value, '"selectin"')]
        return [_replace(kwargs, _appended(kwargs, '"lazy": "selectin"'))]
    return [_replace(kwargs, f'{{**{text_of(kwargs)}, "lazy": "selectin"}}')]


def _replace(node: Node, code: str) -> ReplaceExpression:
    return ReplaceExpression(span=span_of(node), code=outdented(node, code), reason=WHY)


def _quoted_like(node: Node, code: str) -> str:
    """The code in the quotes that the original uses."""
    text = text_of(node)
    return code.replace('"', "'") if "'" in text and '"' not in text else code


def _with_argument(call: Node, argument: str) -> ReplaceExpression:
    arguments = call.child_by_field_name("arguments")
    assert arguments is not None
    head = (call.text or b"")[: arguments.start_byte - call.start_byte].decode()
    return _replace(call, head + _appended(arguments, _quoted_like(call, argument)))


def _appended(node: Node, item: str) -> str:
    """The source of a bracketed list with one more item, in the layout that it has."""
    text = text_of(node)
    closing = text[-1]
    inner = text[1:-1]
    bare = inner.rstrip()
    if not bare:
        return f"{text[0]}{item}{closing}"
    tail = inner[len(bare) :]
    last = node.named_children[-1]
    if last.type == "comment" or "#" in bare.rpartition("\n")[2]:
        indent = "\n" + " " * (node.named_children[0].start_point[1])
        return f"{text[0]}{bare}{indent}{item},{tail}{closing}"
    if bare.endswith(","):
        between = "\n" + " " * node.named_children[-1].start_point[1] if "\n" in tail else " "
        return f"{text[0]}{bare}{between}{item},{tail}{closing}"
    return f"{text[0]}{bare}, {item}{tail}{closing}"


def insert_refresh(
    function: Function, flush: Node, name: str, attributes: list[str], known: Names
) -> InsertCode | None:
    """`await db.refresh(name, attribute_names=[...])` after the statement that flushes; None without a session.

    An empty name among the attributes stands for all of them.
    """
    session = session_of(function, flush, known)
    if session is None:
        return None
    statement = statement_of(flush)
    names = ", ".join(f'"{item}"' for item in attributes)
    only = f", attribute_names=[{names}]" if all(attributes) else ""
    code = f"await {session}.refresh({name}{only})"
    return InsertCode(span=span_of(statement), code=code, reason="read after the commit, which cannot load it")


def insert_load(function: Function, flush: Node, name: str, attribute: str, known: Names) -> InsertCode | None:
    """The lazy load itself, after the statement that flushes; None without a session."""
    session = session_of(function, flush, known)
    code = f"await {session}.run_sync(lambda _: {name}.{attribute})"
    reason = "read after the commit, which cannot load it; a refresh leaves it out"
    return InsertCode(span=span_of(statement_of(flush)), code=code, reason=reason) if session is not None else None


def session_of(function: Function, flush: Node, known: Names) -> str | None:
    """The name of the session that a statement flushes or commits, or that a call is given."""
    callee = flush.child_by_field_name("function")
    base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
    if (
        last_name(flush) in ("commit", "flush", "refresh")
        and base is not None
        and base.type in ("identifier", "attribute")
    ):
        return text_of(base)
    for param in function.params:
        if param.annotation is not None and known.is_session(function.file, text_of(param.annotation)):
            return param.name
    passed = [text_of(item) for item in positional(flush) if item.type == "identifier"]
    return next((item for item in passed if item in ("db", "session")), None)
