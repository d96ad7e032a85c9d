"""Calls of requests' functions that become a client of httpx around one statement, where nobody can see a difference.

All such calls of a function change together, or none: they share names and handlers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.direct.arguments import Arguments
from awaitify.analysis.direct.callers import Callers, callers_of, mentions_problem, suppressed
from awaitify.analysis.direct.handlers import clauses_around, handler_changes, tells_types
from awaitify.analysis.direct.kinds import Kinds
from awaitify.analysis.direct.model import REQUESTS, Change, Direct, NotDirect, Place, field_of, is_bound
from awaitify.analysis.direct.spans import held, is_held
from awaitify.analysis.direct.uses import response_use
from awaitify.analysis.direct.watchers import MODULE, find_watchers
from awaitify.analysis.effects import Effect, Effects
from awaitify.project.index import Call, Function, ancestors, is_within, text_of

INNER = {
    "lambda", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression",
    "interpolation", "conditional_expression", "boolean_operator", "named_expression", "await", "yield",
}  # fmt: skip


def find_direct(effects: Effects, error_texts: str = "same") -> None:
    """Marks the calls that have an exact form; the others say what stands against it. error_texts: the setting."""
    effects.texts_may_change = error_texts == "may-change"
    found: dict[Function, list[Effect]] = {}
    for effect in effects.by_call.values():
        form = effects.knowledge.form(effect.detail) if effect.kind == "bridge" and effect.detail else None
        function = effect.call.function
        if form is not None and form.direct and function is not None and not function.file.is_test:
            found.setdefault(function, []).append(effect)
    callers = callers_of(effects) if found else {}
    general = mentions_problem(effects, effects.resolution.project.files) if found else ""
    kinds = Kinds(effects.resolution)
    effects.watchers = find_watchers(effects.resolution.project) if found else []
    for function, calls in found.items():
        try:
            if general:
                raise NotDirect(general)
            for direct in _directs(function, calls, callers, kinds, effects):
                effects.direct[direct.call] = direct
                effects.by_call[direct.call] = replace(effects.by_call[direct.call], kind="native")
        except NotDirect as error:
            for effect in calls:
                effects.by_call[effect.call] = replace(effect, why=effect.why or str(error))


def _directs(
    function: Function, calls: list[Effect], callers: dict[Function, list[Call]], kinds: Kinds, effects: Effects
) -> list[Direct]:
    place, library = Place(function, effects), _library(effects)
    directs = [Direct(effect.call, _statement(effect, effects), library) for effect in calls]
    if len({direct.statement for direct in directs}) < len(directs):
        raise NotDirect("two of its calls share a statement")
    sites: list[Node] = []
    for direct, effect in zip(directs, calls, strict=True):
        is_traced = library == "httpx" and effects.watchers is not None
        problem = effects.fakes.problem(effect.detail, effect.call, MODULE if is_traced else "")
        if problem:
            raise NotDirect(problem)
        Arguments(direct, place, kinds).take()
        sites.append(direct.call.node)
    for direct, node in _uses(directs, function):
        direct.changes += response_use(node, direct.followed, place)
        sites.append(node)
    safe = all(direct.safe for direct in directs)
    unsure = any(direct.unsure for direct in directs)
    if unsure and any(
        tells_types(clause, place) for site in sites for _, clause in clauses_around(site, function.node)
    ):
        raise NotDirect("its headers are not known to be texts")
    directs[0].changes += _handlers(sites, directs, safe, place)
    _check_mentions(function, directs, effects)
    needs_json = any("json." in change.code for direct in directs for change in direct.changes)
    for word in (library, "json") if needs_json else (library,):
        if is_bound(word, function):
            raise NotDirect(f"{word} means something else in its file")
    around = Callers(effects, callers, library, safe, any(map(_reads_json, sites)), unsure)
    problem = around.problem(function) or next(filter(None, (suppressed(site) for site in sites)), "")
    if problem:
        raise NotDirect(problem)
    for caller, found in around.caught.items():
        effects.caught[caller] += [item for item in found if item not in effects.caught[caller]]
    return directs


def _library(effects: Effects) -> str:
    """httpx, or httpx2 where the project has that one alone."""
    imports = [item for file in effects.resolution.project.files for item in file.imports]
    heads = {(item.module or item.name).partition(".")[0] for item in imports if not item.level}
    return "httpx2" if "httpx2" in heads and "httpx" not in heads else "httpx"


def _statement(effect: Effect, effects: Effects) -> Node:
    """The simple statement of a call: `name = call`, or one that reads something of its response."""
    node = effect.call.node
    for outer in ancestors(node):
        if outer.type in INNER:
            raise NotDirect("it stands inside of another expression")
        if outer.parent is not None and outer.parent.type in ("block", "module"):
            break
    else:
        raise NotDirect("it stands in no statement")
    if outer.type not in ("expression_statement", "return_statement"):
        raise NotDirect("it stands in the head of a block")
    own = effects.of(effect.call.function) if effect.call.function is not None else []
    blocking = {item.call.node.id for item in own if item.kind == "bridge"}
    if any(item is not effect and item.call.node.id in blocking and is_within(item.call.node, outer) for item in own):
        raise NotDirect("another call of its statement runs in a thread")
    for block in ancestors(node):
        if block.type == "function_definition":
            break
        if block.type == "with_statement" and _enters(block, blocking):
            raise NotDirect("it stands in a block that runs in a thread")
    return outer


def _enters(block: Node, blocking: set[int]) -> bool:
    clause = next((child for child in block.named_children if child.type == "with_clause"), None)
    todo = [clause] if clause is not None else []
    while todo:
        node = todo.pop()
        if node.id in blocking:
            return True
        todo += node.named_children
    return False


def _uses(directs: list[Direct], function: Function) -> Iterator[tuple[Direct, Node]]:
    """Every place that uses a response: the call itself, or the names that it is bound to."""
    bound: dict[str, list[Direct]] = {}
    for direct in directs:
        parent = direct.call.node.parent
        if parent is None or parent.type == "expression_statement":
            continue
        left = field_of(parent, "left") if parent.type == "assignment" else None
        if left is None:
            yield direct, direct.call.node
        elif left.type != "identifier" or field_of(parent, "type") is not None:
            raise NotDirect("its response is not bound to a plain name")
        else:
            bound.setdefault(text_of(left), []).append(direct)
    for name, makers in bound.items():
        followed = all(direct.followed for direct in makers)
        lefts = {field_of(direct.call.node.parent, "left") for direct in makers}
        if function.param(name) is not None:
            raise NotDirect(f"{name} is a parameter too")
        spans = held(name, [direct.statement for direct in makers], function)
        for node in _names(name, function):
            if node not in lefts and is_held(node, spans):
                yield replace_followed(makers[0], followed), node


def replace_followed(direct: Direct, followed: bool) -> Direct:
    """The same call, whose response may be that of one that does not follow redirects."""
    direct.followed = followed
    return direct


def _names(name: str, function: Function) -> Iterator[Node]:
    for node in function.file.names:
        if text_of(node) != name or not is_within(node, function.node):
            continue
        parent = node.parent
        if parent is not None and parent.type == "attribute" and field_of(parent, "attribute") == node:
            continue
        if parent is not None and parent.type == "keyword_argument" and field_of(parent, "name") == node:
            continue
        inner = next(
            item for item in ancestors(node) if item.type in ("function_definition", "lambda", "class_definition")
        )
        if inner != function.node:
            raise NotDirect("its response is used in a function inside")
        yield node


def _handlers(sites: list[Node], directs: list[Direct], safe: bool, place: Place) -> list[Change]:
    """The handlers around the calls, and around what raises in their responses."""
    clauses: dict[Node, Node] = {}
    for site in sites:
        clauses |= {clause: outer for outer, clause in clauses_around(site, place.function.node)}
    changes: list[Change] = []
    for clause, outer in clauses.items():
        body = field_of(outer, "body")
        assert body is not None
        reads = any(is_within(site, body) and _reads_json(site) for site in sites)
        new = list(handler_changes(clause, reads, safe, place))
        if any(change.code.count("LIB.") or "json." in change.code for change in new):
            _check_body(body, directs, place)
        changes += [change for change in new if change not in changes]
    return changes


def _reads_json(site: Node) -> bool:
    return site.parent is not None and text_of(site.parent).endswith(".json")


def _check_body(body: Node, directs: list[Direct], place: Place) -> None:
    """Nothing else in a block whose handlers change may raise what they caught."""
    ours = {direct.call for direct in directs}
    for effect in place.effects.of(place.function):
        if effect.call in ours or not is_within(effect.call.node, body):
            continue
        if effect.detail.startswith((REQUESTS, "httpx")) and effect.kind != "harmless":
            raise NotDirect("other calls of the same block raise what its handlers catch")
        if effect.kind in ("unresolved", "unclassified") or _raises(effect, place.effects):
            raise NotDirect(f"{text_of(effect.call.callee)} in the same block may raise what its handlers catch")


def _raises(effect: Effect, effects: Effects) -> bool:
    """Whether what a call reaches uses requests, or httpx."""
    seen, todo = set[Function](), list(effect.callees)
    while todo:
        function = todo.pop()
        if function in seen:
            continue
        seen.add(function)
        for item in effects.of(function):
            if item.detail.startswith((REQUESTS, "httpx")):
                return True
            todo += item.callees
    return False


def _check_mentions(function: Function, directs: list[Direct], effects: Effects) -> None:
    """Whatever else of requests a function names must be one of its handlers, or a table of codes."""
    imports = function.file.imports
    local = {
        item.local.partition(".")[0] for item in imports if (item.module or item.name).partition(".")[0] == "requests"
    }
    changed = [change.node for direct in directs for change in direct.changes]
    callees = [direct.call.callee for direct in directs]
    for node in function.file.names:
        if text_of(node) not in local or not is_within(node, function.outer):
            continue
        known = any(is_within(node, item) for item in (*callees, *changed))
        parent = node.parent
        is_code = parent is not None and text_of(parent).endswith(".codes")
        is_word = parent is not None and parent.type == "keyword_argument" and field_of(parent, "name") == node
        is_word = is_word or (
            parent is not None and parent.type == "attribute" and field_of(parent, "attribute") == node
        )
        if not (known or is_code or is_word):
            raise NotDirect(f"its function uses {text_of(parent or node)[:40]} too")
