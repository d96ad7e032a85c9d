"""Values that are plain data although no type says so: what decoders of JSON, YAML and tokens give, and parts of it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, ancestors, text_of

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
}
LITERALS = {
    "string",
    "concatenated_string",
    "list",
    "dictionary",
    "set",
    "tuple",
    "integer",
    "float",
    "true",
    "false",
    "none",
}
PARTS = {"get", "pop", "copy", "setdefault", "items", "keys", "values"}
BINDERS = {
    "pattern_list",
    "tuple_pattern",
    "list_pattern",
    "list_splat_pattern",
    "as_pattern_target",
    "named_expression",
    "augmented_assignment",
    "global_statement",
    "nonlocal_statement",
    "parameters",
    "default_parameter",
    "typed_parameter",
    "typed_default_parameter",
    "lambda_parameters",
    "delete_statement",
    "case_pattern",
}


def is_plain_value(node: Node, call: Call, resolution: Resolution, depth: int = 0) -> bool:
    """Whether an expression in the function of `call` can only be plain data: no method of it does I/O."""
    if node.type in LITERALS:
        return True
    if depth > 6:
        return False
    inner = _inner(node)
    if inner:
        return all(is_plain_value(item, call, resolution, depth + 1) for item in inner)
    if node.type == "call":
        return _is_plain_call(node, call, resolution, depth)
    if node.type != "identifier" or call.function is None:
        return False
    values = list(_bindings(text_of(node), call.function.node))
    return bool(values) and all(
        item is not None and is_plain_value(item, call, resolution, depth + 1) for item in values
    )


def _inner(node: Node) -> list[Node]:
    """The expressions whose being plain makes this one plain."""
    if node.type in ("await", "parenthesized_expression"):
        return node.named_children[:1]
    if node.type == "subscript":
        return [item for item in [node.child_by_field_name("value")] if item is not None]
    return list(node.named_children) if node.type == "boolean_operator" else []


def _is_plain_call(node: Node, call: Call, resolution: Resolution, depth: int) -> bool:
    own = next((item for item in call.function.calls if item.node == node), None) if call.function else None
    if own is not None and any(target.name in PLAIN_RESULTS for target in resolution.targets.get(own, ())):
        return True
    callee = node.child_by_field_name("function")
    if (
        callee is None
        or callee.type != "attribute"
        or text_of(callee.child_by_field_name("attribute") or callee) not in PARTS
    ):
        return False
    receiver = callee.child_by_field_name("object")
    return receiver is not None and is_plain_value(receiver, call, resolution, depth + 1)


def _bindings(name: str, node: Node) -> Iterator[Node | None]:
    """What a local name is bound to, anywhere in the function; None for what is not a plain assignment."""
    for child in node.named_children:
        if child.type == "identifier" and text_of(child) == name:
            yield from _binding(child)
        yield from _bindings(name, child)


def _binding(name: Node) -> Iterator[Node | None]:
    parent = name.parent
    if parent is None:
        return
    if parent.type == "assignment" and parent.child_by_field_name("left") == name:
        if parent.child_by_field_name("right") is not None:
            yield parent.child_by_field_name("right")
    elif (
        (parent.type in BINDERS and not (parent.type == "default_parameter" and parent.named_children[0] != name))
        or (parent.type in ("for_statement", "for_in_clause") and parent.child_by_field_name("left") == name)
        or any(
            item.type in ("with_item", "import_from_statement", "import_statement")
            for item in (parent, *list(ancestors(name))[:3])
        )
    ):
        yield None
