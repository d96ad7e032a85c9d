"""The options of `create_engine` that an async engine takes, and what they are called there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.plan_model import Reason
from awaitify.planning.draft import NotTwinned
from awaitify.project.index import Call, text_of

DROPPED = {
    "future", "encoding", "convert_unicode", "strategy", "executemany_mode", "executemany_values_page_size",
    "executemany_batch_page_size", "use_batch_mode", "server_side_cursors", "native_unicode",
}  # fmt: skip
#: They are made for, or make, sync connections.
REFUSED = {"creator", "module", "pool"}
ASYNC_POOLS = ("NullPool", "StaticPool", "AsyncAdaptedQueuePool")
ASYNCPG = "postgresql+asyncpg"
#: What libpq's options are called by asyncpg; "" where it has none, and needs none.
RENAMED = {
    "sslmode": "ssl", "connect_timeout": "timeout", "client_encoding": "", "gssencmode": "", "channel_binding": "",
    "keepalives": "", "keepalives_idle": "", "keepalives_interval": "", "keepalives_count": "", "tcp_user_timeout": "",
}  # fmt: skip
ASYNCPG_OWN = {"ssl", "timeout", "command_timeout", "server_settings", "statement_cache_size", "check_same_thread"}
#: What connections of SQLite may be given: any other option is that of a server's driver.
SQLITE_OPTIONS = {
    "timeout", "detect_types", "isolation_level", "check_same_thread", "factory", "cached_statements", "uri",
    "autocommit",
}  # fmt: skip
SETTING = re.compile(r"-c\s*(\w+)=([^\s\\]+)")


def engine_options(call: Call, driver: str, is_certain: bool = True) -> list[str]:
    """The keyword arguments of `create_engine` that an async engine takes too. driver: that of PostgreSQL, "" when the
    database is another; is_certain: whether something says that it is PostgreSQL. Raises NotTwinned for what belongs to
    sync connections."""
    kept = []
    for argument in call.arguments:
        if argument.type == "dictionary_splat":
            _check_splat(call, argument)
            kept.append(text_of(argument))
        elif argument.type == "keyword_argument":
            name, node = text_of(argument.named_children[0]), argument.named_children[-1]
            if name in REFUSED:
                raise _problem(call, f"{name}= makes sync connections")
            if name == "url":
                continue
            if name == "connect_args" and driver == ASYNCPG:
                kept.append(f"connect_args={_connect_args(call, node, is_certain)}")
            elif name not in DROPPED and (name != "poolclass" or text_of(node).endswith(ASYNC_POOLS)):
                kept.append(text_of(argument))
    return kept


def url_node(call: Call) -> Node | None:
    """What a call of `create_engine` gets as its URL, by its place or by its name."""
    for index, argument in enumerate(call.arguments):
        named = argument.named_children if argument.type == "keyword_argument" else []
        if named and text_of(named[0]) == "url":
            return named[-1]
        if index == 0 and not named and "splat" not in argument.type:
            return argument
    return None


def connection_options(call: Call) -> set[str]:
    """The names of the options that a call of `create_engine` passes to every connection, as written in it."""
    for argument in call.arguments:
        named = argument.named_children if argument.type == "keyword_argument" else []
        if named and text_of(named[0]) == "connect_args" and named[-1].type == "dictionary":
            return set().union(*_dictionaries(call, named[-1]))
    return set()


def is_of_server(call: Call) -> bool:
    """Whether the options of its connections are none that SQLite knows: the database is another."""
    return bool(connection_options(call) - SQLITE_OPTIONS)


def _check_splat(call: Call, splat: Node) -> None:
    """What a dictionary holds that is written out in the file must be an async engine's too."""
    keys = {key for value in _dictionaries(call, splat.named_children[0]) for key in value}
    wrong = sorted(key for key in keys if key in DROPPED - {"future"} | REFUSED | {"poolclass"})
    if wrong:
        raise _problem(call, f"{text_of(splat)[:40]} holds {wrong[0]}=, which an async engine does not take as it is")


def _dictionaries(call: Call, node: Node) -> Iterator[set[str]]:
    if node.type == "dictionary":
        yield {text_of(key).strip("\"'") for pair in node.named_children if (key := pair.child_by_field_name("key"))}
    elif node.type == "conditional_expression":
        for branch in (node.named_children[0], node.named_children[-1]):
            yield from _dictionaries(call, branch)
    elif node.type == "identifier":
        for name in call.file.names:
            parent = name.parent
            if text_of(name) != text_of(node) or parent is None:
                continue
            right = parent.child_by_field_name("right") if parent.type == "assignment" else None
            if right is not None and parent.child_by_field_name("left") == name:
                yield from _dictionaries(call, right)
            elif parent.type == "subscript" and parent.parent is not None and parent.parent.type == "assignment":
                yield {text_of(parent.child_by_field_name("subscript") or name).strip("\"'")}


def _connect_args(call: Call, node: Node, is_certain: bool) -> str:
    """The options of a connection by asyncpg's names."""
    if node.type != "dictionary":
        known = list(_dictionaries(call, node))
        if (known and set[str]().union(*known) <= ASYNCPG_OWN) or (not known and not is_certain):
            return text_of(node)
        raise _problem(call, f"connect_args={text_of(node)[:40]} may hold what asyncpg calls otherwise")
    parts, settings = [], []
    for pair in node.named_children:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        name = text_of(key).strip("\"'") if key is not None else ""
        if value is None or (name not in ASYNCPG_OWN and name not in RENAMED | {"options": "", "application_name": ""}):
            raise _problem(call, f"connect_args has {text_of(pair)[:40]}, which asyncpg does not know")
        if name == "application_name":
            settings.append(f'"application_name": {text_of(value)}')
        elif name == "options":
            settings += _settings(call, value)
        elif RENAMED.get(name, name):
            parts.append(f'"{RENAMED.get(name, name)}": {text_of(value)}')
    if settings:
        parts.append(f'"server_settings": {{{", ".join(settings)}}}')
    return f"{{{', '.join(parts)}}}"


def _settings(call: Call, value: Node) -> list[str]:
    """`-c statement_timeout=5000 -csearch_path=x` as a dictionary's items."""
    text = text_of(value)
    found = SETTING.findall(text.strip("\"'"))
    if value.type != "string" or not found or SETTING.sub("", text.strip("\"'")).strip():
        raise _problem(call, f"connect_args has options={text[:40]}, which asyncpg takes as server_settings")
    return [f'"{name}": "{setting}"' for name, setting in found]


def _problem(call: Call, message: str) -> NotTwinned:
    return NotTwinned(Reason("engine-options", message, call.file.source.relative, call.line))
