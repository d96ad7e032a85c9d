"""Calls that render a template, and what the context holds that they hand over.

A call renders when its name says so, or when it is given the name of a template: then a function of the project's own
does it (`render(request, "page.html", user=user)`), and what it hands over is seen here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, last_name, positional, string_value, walk_own
from awaitify.project.index import Function, text_of

RENDERING = {"TemplateResponse", "render_template", "get_template"}
SUFFIXES = {".html", ".jinja", ".jinja2", ".j2", ".txt", ".xml"}
# Arguments of `TemplateResponse` that are no part of the context.
BESIDE = {"request", "name", "status_code", "headers", "media_type", "background"}
# They are given the name of a file, and render nothing.
FILES = {"open", "FileResponse", "Path", "StaticFiles", "read_text", "write_text"}


@dataclass(eq=False, slots=True)
class Rendering:
    """names: of the templates, none for a computed one; given: name in the context -> what is put there; is_whole:
    whether nothing else can be in the context."""

    call: Node
    names: list[str]
    given: dict[str, list[Node]] = field(default_factory=dict)
    is_whole: bool = True

    def give(self, name: str | None, value: Node | None) -> None:
        """Notes what the context holds under a name."""
        if name and value is not None:
            self.given.setdefault(name, []).append(value)


def renderings(function: Function, is_template: Callable[[str], bool]) -> Iterator[Rendering]:
    """What a function renders; not where it renders what its callers name: there the callers are looked at."""
    for call in function.calls:
        names = [name for name in _strings(call.node) if is_template(name) and last_name(call.node) not in FILES]
        if not names and last_name(call.node) in RENDERING:
            named = _template(call.node)
            if named is None or (named.type == "identifier" and function.param(text_of(named)) is not None):
                continue
            strings = (string_value(node) or "" for node in walk_own(function.node) if node.type == "string")
            yield _handing(function, call.node, [name for name in strings if is_template(name)])
        elif names:
            yield _handing(function, call.node, names)


def has_suffix(name: str) -> bool:
    return Path(name).suffix in SUFFIXES


def _template(call: Node) -> Node | None:
    """The argument that names the template."""
    arguments = [item for item in positional(call) if "request" not in text_of(item)]
    return keyword(call, "name") or (arguments[0] if arguments else None)


def _strings(call: Node) -> Iterator[str]:
    """The strings among a call's own arguments, those of a choice included."""
    for value in _values(call):
        parts = value.named_children if value.type in ("conditional_expression", "boolean_operator") else [value]
        yield from (text for part in parts if (text := string_value(part)))


def _values(call: Node) -> list[Node]:
    """The arguments, and what is spread among them."""
    arguments = call.child_by_field_name("arguments")
    spread = [item for item in (arguments.named_children if arguments else ()) if item.type.endswith("_splat")]
    return [*positional(call), *(value for _, value in _keywords(call)), *spread]


def _may_hold(argument: Node) -> bool:
    """Whether an argument of a call that renders may bring objects."""
    return argument.type not in ("string", "integer", "none") and text_of(argument) != "request"


def _keywords(call: Node) -> Iterator[tuple[str, Node]]:
    arguments = call.child_by_field_name("arguments")
    for item in arguments.named_children if arguments is not None else ():
        name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
        if item.type == "keyword_argument" and name is not None and value is not None:
            yield text_of(name), value


def _handing(function: Function, call: Node, names: list[str]) -> Rendering:
    found = Rendering(call, names)
    if last_name(call) == "TemplateResponse" and (context := _written_context(call)) is not None:
        for pair in context.named_children:
            key = pair.child_by_field_name("key")
            found.give(string_value(key), pair.child_by_field_name("value"))
            found.is_whole &= pair.type == "comment" or (key is not None and key.type == "string")
    else:
        found.is_whole = last_name(call) != "get_template" and not any(_may_hold(item) for item in _values(call))
    if not found.is_whole:
        _take_all(function, found)
    return found


def _written_context(call: Node) -> Node | None:
    """The dictionary that is the context, where it is written out and there is no other."""
    others = [value for name, value in _keywords(call) if name not in BESIDE]
    context = [item for item in [*positional(call), *others] if item.type == "dictionary"]
    spread = any(item.type.endswith("_splat") for item in _values(call))
    return context[0] if len(context) == 1 and len(others) <= 1 and not spread else None


def _take_all(function: Function, found: Rendering) -> None:
    """Whatever the function gives a name to by a string or a keyword may be in the context."""
    for node in walk_own(function.node):
        if node.type == "pair":
            found.give(string_value(node.child_by_field_name("key")), node.child_by_field_name("value"))
        elif node.type == "call":
            for name, value in _keywords(node):
                found.give(name, value)
        elif node.type == "assignment":
            left = node.child_by_field_name("left")
            key = left.child_by_field_name("subscript") if left is not None and left.type == "subscript" else None
            found.give(string_value(key), node.child_by_field_name("right"))
