"""Follows an expression back to the queries, look-ups and constructors that may have made the object it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.loading.bindings import dependency_of, is_stub, items, named, parts_of, passed, returned_by
from awaitify.analysis.loading.names import last_name, loops_around, positional
from awaitify.analysis.loading.rows import Value, in_row, place_before, place_of
from awaitify.analysis.loading.steps import Frame, Segment, Source, Step, Use
from awaitify.analysis.loading.types import COPIES, MAKERS, PICKS, RUN, Types, statement_of
from awaitify.project.index import Call, Function, text_of

SAME = COPIES | PICKS | {"cast"}
NOTHING = {"none", "string", "integer", "float", "true", "false", "concatenated_string"}
LIMIT = 240
#: For what a mapper reads of an object that many places hand to it.
WIDE = 2000
Sites = dict[str, list[tuple[Function, Call]]]


class Tracer:
    """sites: function id -> the calls of it; readers: a property's id -> the (function, receiver) of each read."""

    def __init__(self, types: Types, sites: Sites, readers: dict[str, list[tuple[Function, Node]]]):
        self.types, self.sites, self.readers = types, sites, readers

    def sources(self, function: Function, node: Node, limit: int = LIMIT, entity: str = "") -> list[Source]:
        """All that an expression may hold; one "unknown" among them means that the list is not complete. limit: of
        steps; one "unknown" alone, without uses, when it is passed; entity: the class of the element of a row that is
        meant."""
        found: dict[Source, None] = {}
        seen: set[tuple[str, int, tuple[str, ...], tuple[Frame, ...], frozenset[int]]] = set()
        queue = [Step(function, node, node.start_byte, node, entity=entity)]
        while queue:
            step = queue.pop()
            # Each place that hands an object over may need a cure.
            ways = frozenset(use.at.id for use in step.uses if _is_handed_over(use))
            key = (step.function.id, step.node.id, step.path, step.inside, ways)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > limit or len(step.path) > 6:
                return [Source("unknown", function, node)]
            for item in self._follow(step):
                if isinstance(item, Source):
                    found[item] = None
                else:
                    queue.append(item)
        return list(found)

    def _follow(self, step: Step) -> Iterator[Step | Source]:
        node = step.node
        kind = node.type
        if kind in NOTHING:
            return
        if kind in ("await", "parenthesized_expression", "named_expression"):
            yield step.to(node.named_children[-1])
        elif kind == "identifier":
            yield from self._name(step)
        elif kind == "attribute":
            yield from self._attribute(step)
        elif kind == "call":
            yield from self._call(step)
        elif kind == "subscript":
            value = self.types.value(step.function, node.named_children[0])
            whole = step.to(node.named_children[0]) if value is not None else self._unknown(step)
            yield self._place(step, value, node.named_children[0]) if value and value.shape == "one" else whole
        elif kind == "conditional_expression":
            yield from (step.to(child) for child in (node.named_children[0], node.named_children[-1]))
        elif kind in ("tuple", "expression_list") and 0 <= step.item < len(node.named_children):
            yield replace(step.to(node.named_children[step.item]), item=-1)
        elif kind in ("boolean_operator", "list", "tuple", "expression_list"):
            yield from (step.to(child) for child in node.named_children)
        elif kind in ("list_comprehension", "generator_expression", "set_comprehension"):
            yield step.to(node.named_children[0])
        elif kind == "dictionary_comprehension":
            yield step.to(node.named_children[0].named_children[-1])
        else:
            yield self._unknown(step)

    def _place(self, step: Step, value: Value, row: Node) -> Step | Source:
        """The place of a row that an expression reads (`row.Post`, `row[0]`)."""
        place = place_of(self.types, value.row, step.node)
        return replace(step.to(row), item=place) if place >= 0 and step.item < 0 else self._unknown(step)

    def _unknown(self, step: Step) -> Source:
        return Source("unknown", step.function, step.node, segments=step.segments, uses=step.uses)

    def _name(self, step: Step) -> Iterator[Step | Source]:
        name = text_of(step.node)
        scope: Function | None = step.function
        while scope is not None:
            bindings = self.types.bindings(scope).get(name, [])
            if bindings or scope.param(name) is not None:
                break
            scope = scope.parent
        if scope is None:
            yield self._unknown(step)
            return
        if scope is not step.function:  # a closure: whatever the outer function does may come before
            whole = Segment(scope, scope.node.start_byte, scope.node.end_byte, name)
            step = replace(step, function=scope, until=scope.node.end_byte, segments=(*step.segments, whole), inside=())
        else:
            step = replace(step, uses=(*step.uses, Use(step.function, step.node, step.at, step.path)))
        for how, right in self.types.bindings(scope).get(name, []):
            if _comes_to(right, step):
                yield from self._bound(step, name, how, right)
        if scope.param(name) is not None:
            yield from self._given(step, name)

    def _bound(self, step: Step, name: str, how: str, right: Node) -> Iterator[Step | Source]:
        step = replace(step, until=max(step.until, loop_end(step.node, right)))
        if how in ("is", "in", "with", "at"):
            yield step.to(right, name=name)
            return
        if not how.isdigit():
            index = int(how[3:])
            node = parts_of(right, index)
            yield step.to(node, name=name) if node is not None else replace(step.to(right, name=name), item=index)
            return
        parts = items(self.types, step.function, right, int(how)) if how.isdigit() else []
        whole = self.types.value(step.function, right) if not parts else None
        if whole is not None and whole.shape == "one" and in_row(whole, int(how)) is not None:
            yield replace(step.to(right, name=name), item=int(how))
        elif not parts:
            yield self._unknown(step)
        here = Segment(step.function, right.end_byte, step.until, name)
        for home, node in parts:
            inside = step.inside if home is step.function else (*step.inside, (home.id, step.function, _bare(right)))
            segments = (*step.segments, here)
            yield replace(
                step, function=home, node=node, until=node.start_byte, at=node, segments=segments, inside=inside
            )

    def _given(self, step: Step, name: str) -> Iterator[Step | Source]:
        """A parameter: what callers pass, what a dependency gives, or the object itself of a mapped class's method."""
        function, body = step.function, Segment(step.function, step.function.node.start_byte, step.until, name)
        param = function.param(name)
        out = replace(step, segments=(*step.segments, body), inside=step.inside[:-1])
        found: list[Step | Source] = []
        depends = dependency_of(self.types, function, param) if param is not None and not step.inside else None
        for target in depends or []:
            found += [_enter(out, target, node) for node in returned_by(target)]
        is_self = function.cls is not None and bool(function.params) and function.params[0].name == name
        if is_self and not step.inside:
            found += [_enter(out, home, node) for home, node in self.readers.get(function.id, [])]
        for caller, call in self.sites.get(function.id, []):
            if step.inside and (step.inside[-1][0] != function.id or step.inside[-1][2].id != call.node.id):
                continue  # the way came in through another call
            argument = call.callee.child_by_field_name("object") if is_self else passed(call, function, name)
            if argument is not None:
                found.append(replace(out, function=caller, node=argument, until=call.node.start_byte, at=call.node))
            elif param is None or param.default is None:
                found.append(self._unknown(step))
        yield from found or [self._unknown(step)]

    def _attribute(self, step: Step) -> Iterator[Step | Source]:
        base, attribute = step.node.child_by_field_name("object"), step.node.child_by_field_name("attribute")
        owner = self.types.value(step.function, base) if base is not None else None
        mapped = self.types.mapping.get(owner.cls) if owner is not None and owner.shape == "one" else None
        name = text_of(attribute) if attribute is not None else ""
        if base is not None and owner is not None and owner.row and owner.shape == "one":
            yield self._place(step, owner, base)
        elif base is None or mapped is None or name not in mapped.relationships:
            yield self._unknown(step)
        else:
            yield step.to(base, name)

    def _call(self, step: Step) -> Iterator[Step | Source]:
        node, function = step.node, step.function
        callee = node.child_by_field_name("function")
        name, arguments = last_name(node), positional(node)
        if name == "run_sync" and arguments and (body := arguments[0].child_by_field_name("body")) is not None:
            yield step.to(body)
            return
        if (cls := self.types.class_called(function, callee) if callee is not None else None) is not None:
            yield self._source("new", step, cls.id) if cls.id in self.types.mapping.classes else self._unknown(step)
            return
        if name in ("select", "query", "get", "get_one") and arguments:
            step = self._of_row(step, arguments)
            chosen = arguments[step.item] if 0 <= step.item < len(arguments) else arguments[0]
            entity = self.types.mapping.names.find(function.file, text_of(chosen))
            alone = name.startswith("get") or step.item >= 0 or len(arguments) == 1
            if entity is not None and entity.id in self.types.mapping.classes and alone:
                yield self._source("get" if name.startswith("get") else "query", step, entity.id)
                return
            given = self._given_class(step, arguments[0])
            if given:
                yield self._source("get", step, given)  # persistent, but its query is one for other classes too
                return
        if callee is None or callee.type != "attribute":
            if name in SAME and arguments and callee is not None and callee.type == "identifier":
                yield step.to(arguments[0])
            else:
                yield from self._project_call(step)
            return
        yield from self._method(step, callee, name, arguments)

    def _of_row(self, step: Step, arguments: list[Node]) -> Step:
        """The step with the place in the row that its class has."""
        if not step.entity:
            return step
        found = [self.types.mapping.names.find(step.function.file, text_of(item)) for item in arguments]
        places = [index for index, cls in enumerate(found) if cls is not None and cls.id == step.entity]
        return replace(step, item=places[0]) if len(places) == 1 else step

    def _given_class(self, step: Step, node: Node) -> str:
        """The mapped class that the caller passes for a parameter (`get_or_404(db, Item, key)`); "" for none."""
        name = text_of(node)
        if node.type != "identifier" or not step.inside or step.function.param(name) is None:
            return ""
        inside, caller, call = step.inside[-1]
        if step.function.cls is not None and step.function.params[0].name == name:  # `cls` of `Item.find(key)`
            argument = (call.child_by_field_name("function") or call).child_by_field_name("object")
        else:
            argument = (
                passed(Call(call, caller.file, caller), step.function, name) if inside == step.function.id else None
            )
        cls = self.types.mapping.names.find(caller.file, text_of(argument)) if argument is not None else None
        return cls.id if cls is not None and cls.id in self.types.mapping.classes else ""

    def _method(self, step: Step, callee: Node, name: str, arguments: list[Node]) -> Iterator[Step | Source]:
        base = callee.child_by_field_name("object")
        made = self.types.mapping.names.find(step.function.file, text_of(base)) if base and name in MAKERS else None
        if made is not None:
            yield self._source("new", step, made.id) if made.id in self.types.mapping.classes else self._unknown(step)
        elif name in (*RUN, "scalar") and arguments and self._is_statement(step, arguments[0]):
            yield self._before(step, name, arguments[0], [])
        elif base is not None and self._is_query(step, base):
            yield self._before(step, name, base, arguments)
        else:
            yield from self._project_call(step)

    def _before(self, step: Step, name: str, base: Node, arguments: list[Node]) -> Step | Source:
        """The query or result that a method was called on, and the place of its row that is meant."""
        value = self.types.value(step.function, base)
        place = place_before(value, name, step.item, bool(arguments))
        return replace(step.to(base), item=place) if place is not None else self._unknown(step)

    def _is_statement(self, step: Step, node: Node) -> bool:
        value = self.types.value(step.function, node)
        return value is not None and value.shape == "query"

    def _is_query(self, step: Step, base: Node) -> bool:
        """Whether a method is one of a query, a result, or a list, not of one mapped object or a service."""
        value = self.types.value(step.function, base)
        return value is not None and value.shape != "one"

    def _source(self, kind: str, step: Step, cls: str) -> Source:
        here = Segment(step.function, step.node.end_byte, max(step.until, step.node.end_byte))
        return Source(kind, step.function, step.node, cls, step.path, (*step.segments, here), step.uses, step.item)

    def _project_call(self, step: Step) -> Iterator[Step | Source]:
        found = named(self.types, step.function, step.node)
        told = self.types.called.get((step.function.file.source.relative, step.node.start_byte, step.node.end_byte))
        if not found or (len(found) > 1 and not told):
            yield self._unknown(step)
            return
        here = Segment(step.function, step.node.end_byte, max(step.until, step.node.end_byte))
        for callee in [item for item in found if not is_stub(item)] or found:
            frame = (callee.id, step.function, step.node)
            inner = replace(step, segments=(*step.segments, here), inside=(*step.inside, frame))
            returned = returned_by(callee)
            yield from (_enter(inner, callee, node) for node in returned)
            if not returned:
                yield self._unknown(step)


def _is_handed_over(use: Use) -> bool:
    """Whether a name is passed to a call, or is the object of its method."""
    return use.at.type == "call" and use.name.id != use.at.id


def _enter(step: Step, function: Function, node: Node) -> Step:
    """The step at an expression that a function returns."""
    return replace(step, function=function, node=node, until=node.start_byte, at=node)


def _bare(node: Node) -> Node:
    """Without `await` and parentheses."""
    while node.type in ("await", "parenthesized_expression"):
        node = node.named_children[-1]
    return node


def _comes_to(binding: Node, step: Step) -> bool:
    """Whether what a name is bound to may reach the step: not where it comes later, outside any loop around both."""
    if binding.start_byte < max(step.until, statement_of(step.node).end_byte):
        return True  # a comprehension and a conditional expression bind after they use
    return any(item.start_byte <= binding.start_byte < item.end_byte for item in loops_around(step.node))


def loop_end(node: Node, bound: Node) -> int:
    """Where the outermost loop ends that stands around a use and not around the binding: it comes back to the use."""
    loops = [item for item in loops_around(node) if not item.start_byte <= bound.start_byte < item.end_byte]
    return max((item.end_byte for item in loops), default=0)
