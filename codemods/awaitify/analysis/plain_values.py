"""Values that are plain data although no type says so: what decoders of JSON, YAML and tokens give, and parts of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution, imported_name
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.local_bindings import bound_again, bound_to
from awaitify.analysis.plain_fields import is_plain_field, is_plain_model
from awaitify.analysis.plain_rows import is_plain_rows
from awaitify.analysis.request_data import is_request_data
from awaitify.analysis.request_state import is_part_of_request, is_set_by_name, put_in_state, state_name
from awaitify.analysis.uses import Uses
from awaitify.project.index import Call, File, Function, ancestors, is_within, text_of

PLAIN_RESULTS = {
    "json.loads",
    "json.load",
    "json.decoder.JSONDecoder.decode",
    "orjson.loads",
    "ujson.loads",
    "simplejson.loads",
    "tomllib.loads",
    "tomllib.load",
    "yaml.safe_load",
    "jwt.decode",
    "jwt.api_jwt.decode",
    "jwt.api_jwt.PyJWT.decode",
    "jwt.get_unverified_header",
    "jwt.api_jws.PyJWS.get_unverified_header",
    "jose.jwt.decode",
    "jose.jwt.get_unverified_claims",
    "jose.jwt.get_unverified_header",
    "requests.models.Response.json",
    "httpx._models.Response.json",
    "starlette.requests.Request.json",
    "redis.commands.core.ManagementCommands.info",
    "redis.commands.core.ManagementCommands.config_get",
    "redis.commands.core.HashCommands.hgetall",
}
#: Clients that decode the JSON of an answer: what a method of theirs gives, but for those that give another client.
JSON_CLIENTS = ("opensearchpy.client.", "elasticsearch.client.", "elasticsearch._sync.client.")
CLIENTS_GIVEN = {"options", "__init__", "__enter__"}
#: What goes over the values of its arguments, or gives them again.
PASSING = {"enumerate", "zip", "sorted", "reversed", "list", "tuple", "set", "dict", "iter"}
LITERALS = {
    "string", "concatenated_string", "list", "dictionary", "set", "tuple", "integer", "float", "true", "false", "none",
}  # fmt: skip
DUMPS = {"model_dump", "dict"}
#: What nothing but a match of a regular expression gives.
OF_MATCHES = {"groupdict"}
LOOPS = ("for_statement", "while_statement")
DEPTH = 9
#: They are made, and do nothing.
EXCEPTIONS = {
    f"{module}.exceptions.HTTPException{end}" for module in ("fastapi", "starlette") for end in ("", ".__init__")
}
PARTS = {"get", "pop", "copy", "setdefault", "items", "keys", "values"}
FILLERS = {"append", "extend", "insert", "add", "update", "setdefault"}


def is_plain_value(
    node: Node, function: Function | None, resolution: Resolution, depth: int = 0, of_parts: bool = False
) -> bool:
    """Whether an expression in a function can only be plain data: no method of it does I/O.

    of_parts: whether what it contains must be plain as well (a part of it is meant)."""
    if depth > DEPTH:
        return False
    return _is_plain(node, function, resolution, depth, of_parts) or (
        of_parts and is_plain_rows(node, function, resolution)
    )


def _is_plain(node: Node, function: Function | None, resolution: Resolution, depth: int, of_parts: bool) -> bool:
    if node.type in LITERALS:
        contents = _contents(node) if of_parts else []
        return all(is_plain_value(item, function, resolution, depth + 1, True) for item in contents)
    if node.type == "subscript":
        value = node.child_by_field_name("value")
        return value is not None and is_plain_value(value, function, resolution, depth + 1, True)
    inner = _inner(node)
    if inner:
        return all(is_plain_value(item, function, resolution, depth + 1, of_parts) for item in inner)
    if node.type == "call":
        return _is_plain_call(node, function, resolution, depth, of_parts)
    if node.type == "attribute":
        is_sent = function is not None and is_part_of_request(function.file, node, resolution)
        return is_sent or is_plain_field(node, function, resolution) or _is_plain_state(node, resolution, depth)
    if node.type != "identifier" or function is None:
        return False
    values = list(bound_to(text_of(node), function.node))
    if not values:
        return _is_plain_of_module(node, function, resolution)
    if function.param(text_of(node)) is not None:
        return _is_plain_param(node, values, function, resolution, depth, of_parts)
    if of_parts:
        values += [(item, True) for item in _put_in(text_of(node), function.node)]
    return bool(values) and all(
        item is not None and is_plain_value(item, function, resolution, depth + 1, of_parts or is_part)
        for item, is_part in values
    )


def _is_plain_param(
    node: Node,
    values: list[tuple[Node | None, bool]],
    function: Function,
    resolution: Resolution,
    depth: int,
    of_parts: bool,
) -> bool:
    """Whether a parameter is plain data where it is read. values: what its name is bound to, the parameter first."""
    (given, _), *others = values
    others = [item for item in others if _may_hold(item[0], node)]
    again = bound_again(node, function.node)
    others = [item for item in others if again is None or item[0] is None or item[0].start_byte >= again.start_byte]
    is_put_in = of_parts and any(_put_in(text_of(node), function.node))
    if is_put_in or not all(
        item is not None and not is_part and is_plain_value(item, function, resolution, depth + 1, of_parts)
        for item, is_part in others
    ):
        return False
    if again is not None or is_request_data(text_of(node), function, resolution):
        return True
    return given is None and _is_given_plain(text_of(node), function, resolution, depth)


def _may_hold(value: Node | None, use: Node) -> bool:
    """Whether a name may hold a value where it is used: it was bound before, or in a loop around both."""
    if value is None or value.end_byte <= use.start_byte:
        return True
    return any(item.type in LOOPS and is_within(value, item) for item in ancestors(use))


def _is_given_plain(name: str, function: Function, resolution: Resolution, depth: int) -> bool:
    """Whether all calls of a function, which nothing passes on, give a parameter plain data."""
    param, calls = function.param(name), resolution.callers.get(function, [])
    if param is None or param.star or function.decorators or not calls:
        return False
    default = param.default
    if default is not None and not is_plain_value(default, None, resolution, depth + 1, True):
        return False
    unknown = {item for item, found in resolution.targets.items() if not found}
    if function.name.startswith("__") or any(last_of(item) == function.name for item in unknown):
        return False
    given = [(call, dict(bind(function, call)).get(name)) for call in calls]
    spread = any(item.type in ("list_splat", "dictionary_splat") for call in calls for item in call.arguments)
    return not Uses(resolution).is_passed_on(function) and all(
        (default is not None and not spread)
        if value is None
        else is_plain_value(value, call.function, resolution, depth + 1, True)
        for call, value in given
    )


def _is_plain_state(node: Node, resolution: Resolution, depth: int) -> bool:
    """Whether all that the service puts beside a request under a name is plain data."""
    name = state_name(node)
    found = list(put_in_state(name, resolution.project)) if name else []
    return (
        bool(found)
        and not is_set_by_name(resolution.project)
        and all(is_plain_value(value, owner, resolution, depth + 1, True) for _, owner, value in found)
    )


def gives_plain_data(name: str) -> bool:
    """Whether a function of a library gives plain data, whatever its annotation says."""
    if name in PLAIN_RESULTS:
        return True
    return name.startswith(JSON_CLIENTS) and name.rpartition(".")[2] not in CLIENTS_GIVEN


def last_of(call: Call) -> str:
    """The name that is called."""
    return text_of(call.callee).rpartition(".")[2]


def _is_plain_of_module(node: Node, function: Function, resolution: Resolution) -> bool:
    """Whether a name is bound once, at the top of a module of the project, to what a decoder gives, and nothing is put
    into it anywhere: settings from a file."""
    project = resolution.project
    for target in resolution.definition(function.file, node):
        file = project.by_path.get(target.path) if target.path is not None else None
        bound = bound_at_top(file, text_of(node)) if file is not None else []
        if file is None or len(bound) != 1 or bound[0][0].start_byte != target.offset:
            return False
        own = next((item for item in file.calls if item.node == bound[0][1]), None)
        if own is None:
            return False
        called = resolution.functions(own)
        if not any(gives_plain_data(item.name) for item in resolution.targets.get(own, ())) and not (
            called and all(_gives_plain_values(item, resolution, 0, True) for item in called)
        ):
            return False
        if _is_changed(text_of(node), resolution):  # last: it reads the whole project
            return False
    return bool(resolution.definition(function.file, node))


def bound_at_top(file: File, name: str) -> list[tuple[Node, Node | None]]:
    """The assignments of a name at the top of a module, each with its value."""
    nodes = [item for node in file.root.named_children for item in node.named_children if item.type == "assignment"]
    pairs = [(node.child_by_field_name("left"), node.child_by_field_name("right")) for node in nodes]
    return [(left, right) for left, right in pairs if left is not None and text_of(left) == name]


def _is_changed(name: str, resolution: Resolution) -> bool:
    """Whether something is put into what has this name, or the name is bound anew in a function, by the text alone."""
    put = rf"\b{name}\s*(\[[^\]\n]*\]\s*)+=[^=]|\b{name}\.({'|'.join(sorted(FILLERS))})\("
    pattern = re.compile(rf"{put}|\bglobal\b[^\n]*\b{name}\b|\.{name}\s*=[^=]".encode())
    files = (file for file in resolution.project.files if not file.is_test and name.encode() in file.source.text)
    return any(pattern.search(file.source.text) for file in files)


def _contents(node: Node) -> list[Node]:
    """What a literal holds: the values of a dictionary, the items of the others."""
    if node.type in ("string", "concatenated_string"):
        return []
    items = [item for item in node.named_children if item.type != "comment"]
    return [item.child_by_field_name("value") or item for item in items]


def _inner(node: Node) -> list[Node]:
    """The expressions whose being plain makes this one plain."""
    if node.type in ("await", "parenthesized_expression"):
        return node.named_children[:1]
    return list(node.named_children) if node.type == "boolean_operator" else []


def _is_plain_call(node: Node, function: Function | None, resolution: Resolution, depth: int, of_parts: bool) -> bool:
    named = node.child_by_field_name("function")
    if named is None or named.type not in ("identifier", "attribute"):
        return False
    own = next((item for item in function.calls if item.node == node), None) if function else None
    if own is not None and any(gives_plain_data(target.name) for target in resolution.targets.get(own, ())):
        return True
    if own is not None and not resolution.targets.get(own) and imported_name(own) in PLAIN_RESULTS:
        return True  # of a package that is not installed
    if own is not None and any(target.name in EXCEPTIONS for target in resolution.targets.get(own, ())):
        return True
    called = resolution.functions(own) if own is not None else []
    if called:
        return all(_gives_plain_values(item, resolution, depth, of_parts) for item in called)
    targets = resolution.targets.get(own, ()) if own is not None else ()
    if text_of(named) in PASSING and all(target.name.startswith("builtins.") for target in targets):
        arguments = node.child_by_field_name("arguments")
        given = [item for item in arguments.named_children if item.type != "keyword_argument"] if arguments else []
        return bool(given) and all(is_plain_value(item, function, resolution, depth + 1, of_parts) for item in given)
    receiver, name = named.child_by_field_name("object"), named.child_by_field_name("attribute")
    if receiver is None or name is None:
        return False
    if text_of(name) in DUMPS and function is not None:
        return is_plain_model(receiver, function, resolution)
    if text_of(name) in OF_MATCHES and not targets:
        return not any(item.name == text_of(name) for item in resolution.project.functions.values())
    return text_of(name) in PARTS and is_plain_value(receiver, function, resolution, depth + 1, True)


def _gives_plain_values(function: Function, resolution: Resolution, depth: int, of_parts: bool) -> bool:
    """Whether a function of the project returns something, and only plain data."""
    if function.is_generator or any(item.type == "decorator" for item in function.outer.named_children):
        return False
    values = list(_returned(function.node))
    return bool(values) and all(is_plain_value(item, function, resolution, depth + 1, of_parts) for item in values)


def _returned(node: Node) -> Iterator[Node]:
    """The values of a function's own return statements."""
    for child in node.named_children:
        if child.type == "return_statement":
            yield from child.named_children[:1]
        elif child.type not in ("function_definition", "lambda", "class_definition"):
            yield from _returned(child)


def _put_in(name: str, node: Node) -> Iterator[Node]:
    """What is put into a local container: `name[k] = value`, `name.append(value)`."""
    for child in node.named_children:
        yield from _put_in(name, child)
        target = child.child_by_field_name("left" if child.type == "assignment" else "function")
        if target is None or target.type not in ("subscript", "attribute"):
            continue
        holder = target.child_by_field_name("value" if target.type == "subscript" else "object")
        if holder is None or text_of(holder) != name:
            continue
        right = child.child_by_field_name("right")
        if child.type == "assignment" and right is not None:
            yield right
        elif child.type == "call" and text_of(target).rpartition(".")[2] in FILLERS:
            arguments = child.child_by_field_name("arguments")
            yield from arguments.named_children if arguments is not None else ()
