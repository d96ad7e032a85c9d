"""An async class over a sync one: each public method in a thread. For a library that has no async form.

The class is read, never imported: its methods, with those it inherits from classes whose source is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import black
from awaitify_templates.environment import render
from tree_sitter import Node

from awaitify.errors import AwaitifyError
from awaitify.generating.modules import modules_of
from awaitify.generating.names import Imports
from awaitify.project.index import Class, Function, Param, text_of

LINE_LENGTH = 120
NOT_WRAPPED = frozenset({"property", "cached_property", "setter", "deleter", "classmethod"})
ITERATORS = ("Iterator", "Generator", "Iterable")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the wrapper. signature: its parameters, without self; arguments: how they are passed on;
    form: "thread", "stream" (a generator, read item by item in a thread) or "await" (it is async already)."""

    name: str
    signature: str
    arguments: str
    result: str
    form: str
    summary: str


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The text of a module with the wrapper class, and the properties and class methods that it leaves out."""

    text: str
    left: tuple[str, ...]


def wrapper(root: Path, target: str, python: Path | None = None) -> Wrapper:
    """The async wrapper of `target` ("module:Class"). Raises AwaitifyError."""
    module, colon, name = target.partition(":")
    if not (module and colon and name):
        raise AwaitifyError(f"{target}: give the class as module:Class, for example acme.client:Client")
    modules = modules_of(root, python)
    cls = modules.named_class(module, name)
    chain = (cls, *modules.bases(cls))
    public = list(_public(chain))
    calls = [function for function in public if not _decorators(function) & NOT_WRAPPED]
    if not calls:
        raise AwaitifyError(f"{target}: it defines no public method whose source is there; nothing to wrap")
    imports = Imports(frozenset(function.name for function in calls))
    wrapped = imports.named(module, name)
    methods = [_method(function, imports) for function in calls]
    every = {function.name for owner in chain for function in owner.methods.values()}
    closing = next((method for method in ("close", "__exit__") if method in every), "")
    text = render(
        "wrapper.py.j2",
        target=f"{module}.{name}",
        class_name=f"Async{wrapped}",
        wrapped=wrapped,
        methods=methods,
        closing=closing,
        error=imports.any() if "__enter__" in every else "",
        streams=any(method.form == "stream" for method in methods),
        imports=imports.runtime(),
        annotations=imports.annotations(),
    )
    left = tuple(sorted(function.name for function in public if function not in calls))
    return Wrapper(black.format_str(text, mode=black.Mode(line_length=LINE_LENGTH)), left)


def _public(chain: tuple[Class, ...]) -> Iterator[Function]:
    seen: set[str] = set()
    for cls in chain:
        for function in _last_definitions(cls):
            if function.name not in seen:
                seen.add(function.name)
                if not function.name.startswith("_"):
                    yield function


def _last_definitions(cls: Class) -> list[Function]:
    """Of several definitions of one name (overloads) the last."""
    return list({f.name: f for f in cls.file.functions if f.cls is cls}.values())


def _decorators(function: Function) -> set[str]:
    return {text_of(item).lstrip("@").partition("(")[0].rpartition(".")[2].strip() for item in function.decorators}


def _method(function: Function, imports: Imports) -> Method:
    form = "stream" if function.is_generator and not function.is_async else "await" if function.is_async else "thread"
    signature, arguments = _signature(function, imports) or (_anything(imports), "*args, **kwargs")
    return Method(function.name, signature, arguments, _result(function, form, imports), form, _summary(function))


def _signature(function: Function, imports: Imports) -> tuple[str, str] | None:
    """The parameters, and how they are passed on; None when a default cannot be written here."""
    is_static = "staticmethod" in _decorators(function)
    parts, arguments, keyword_only = [], [], False
    for item in _separated(function, function.params if is_static else function.params[1:]):
        if isinstance(item, str):
            keyword_only = keyword_only or item == "*"
            parts.append(item)
            continue
        part = _parameter(item, function, imports)
        if part is None:
            return None
        parts.append(part)
        arguments.append(_argument(item, keyword_only))
        keyword_only = keyword_only or item.star == "*"
    return ", ".join(parts), ", ".join(arguments)


def _anything(imports: Imports) -> str:
    return f"*args: {imports.any()}, **kwargs: {imports.any()}"


def _separated(function: Function, params: list[Param]) -> Iterator[Param | str]:
    """The parameters with the bare `*` and `/` between them."""
    node = function.node.child_by_field_name("parameters")
    by_start = {param.node.start_byte: param for param in params}
    started = False
    for child in node.named_children if node else []:
        if child.type == "keyword_separator":
            yield "*"
        elif child.type == "positional_separator" and started:
            yield "/"
        else:
            found = next((p for start, p in by_start.items() if child.start_byte <= start < child.end_byte), None)
            if found is not None:
                started = True
                yield found


def _parameter(param: Param, function: Function, imports: Imports) -> str | None:
    text = f"{param.star}{param.name}"
    if param.annotation is not None:
        text += f": {imports.annotation(param.annotation, function)}"
    if param.default is None:
        return text
    default = imports.default(param.default, function)
    return None if default is None else f"{text}{' = ' if param.annotation is not None else '='}{default}"


def _argument(param: Param, keyword_only: bool) -> str:
    if param.star:
        return f"{param.star}{param.name}"
    return f"{param.name}={param.name}" if keyword_only else param.name


def _result(function: Function, form: str, imports: Imports) -> str:
    node = function.node.child_by_field_name("return_type")
    if form == "stream":
        item = _item(node)
        return f"AsyncIterator[{imports.annotation(item, function) if item else imports.any()}]"
    return imports.annotation(node, function) if node is not None else imports.any()


def _item(node: Node | None) -> Node | None:
    """`str` of `Iterator[str]`."""
    inner = node.named_children[0] if node is not None and node.named_children else None
    if inner is None or inner.type not in ("generic_type", "subscript"):
        return None
    head = text_of(inner.named_children[0]).rpartition(".")[2]
    given = inner.named_children[1] if len(inner.named_children) > 1 else None
    if head not in ITERATORS or given is None:
        return None
    return given.named_children[0] if given.type == "type_parameter" and given.named_children else given


def _summary(function: Function) -> str:
    body = function.node.child_by_field_name("body")
    first = next(iter(body.named_children), None) if body else None
    if first is None or first.type != "expression_statement" or first.named_children[0].type != "string":
        return ""
    content = [child for child in first.named_children[0].named_children if child.type == "string_content"]
    line = text_of(content[0]).strip().partition("\n")[0].strip() if content else ""
    return line.replace("\\", "").replace('"', "'")
