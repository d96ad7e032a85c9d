"""Facts about code without annotations: what reaches parameters, what functions return and yield."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.commons import spread
from awaitify.analysis.facts import Facts
from awaitify.analysis.facts_of_aliases import Aliases, is_any, is_depends, untyped_aliases, untyped_dependency
from awaitify.analysis.own_results import own_result
from awaitify.analysis.results import returned_classes
from awaitify.analysis.target_tests.fixtures import Fixtures, fixture_name, is_test_function
from awaitify.analysis.tuples import TUPLES, one_class
from awaitify.analysis.values import (
    FACTORY,
    SCOPED,
    SESSION,
    dependency_classes,
    factory_class,
    function_classes,
    is_usable,
    returned,
    yielded,
    yielded_classes,
)
from awaitify.analysis.whole_types import ANY, is_bare, is_open, says_little, tuple_class, whole_classes
from awaitify.analysis.wrapping.finding import find_wrappings, wrapped_facts
from awaitify.project.index import Call, File, Function, Param, text_of, unbound_owner

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

ITERATOR = "collections.abc.Iterator"
CLASS = "builtins.type"
SESSIONS = {SESSION, SCOPED, "sqlmodel.orm.session.Session"}
#: Classes that say enough of a value, whatever it holds.
CONTAINERS = {"builtins.dict", "builtins.list", "builtins.set"}


def new_facts(resolution: Resolution, facts: Facts) -> set[File]:
    """Adds facts about unannotated parameters and results; returns the files whose virtual text they change."""
    changed: set[File] = set()
    for (function, name), classes in _argument_classes(resolution, facts).items():
        whole = _container(classes)
        if len(whole) == 1:
            facts.params[function, name] = next(iter(whole))
            changed.add(function.file)
    for function, name, classes in wrapped_facts(resolution, find_wrappings(resolution)):
        if len(classes) == 1 and (function, name) not in facts.params:
            facts.params[function, name] = next(iter(classes))
            changed.add(function.file)
    for function, classes in _result_classes(resolution, facts).items():
        whole = _without_empty(classes)
        if len(whole) == 1 and facts.results.get(function) != next(iter(whole)):
            facts.results[function] = next(iter(whole))
            changed.add(function.file)
    return changed


def _container(classes: set[str]) -> set[str]:
    """The one class of containers that hold different things."""
    bare = {name.partition("[")[0] for name in classes}
    return bare if len(classes) > 1 and len(bare) == 1 and bare <= CONTAINERS else classes


def _without_empty(classes: set[str]) -> set[str]:
    """Without what `[]` in one branch says of a list that another fills."""
    filled = {name.partition("[")[0].rpartition(".")[2] for name in classes if "[" in name}
    empty = {"builtins.list"} if filled & {"list", "Sequence"} else {f"builtins.{name}" for name in filled}
    return classes - empty if filled else classes


def _argument_classes(resolution: Resolution, facts: Facts) -> dict[tuple[Function, str], set[str]]:
    """The classes that reach each unannotated parameter, from call sites and from `Depends(f)` defaults."""
    wanted: list[tuple[Function, str, File, Node]] = []
    for call in list(resolution.targets):
        for function in resolution.functions(call):
            for name, value in bind(function, call):
                param = function.param(name)
                if param and is_untyped(param) and not param.star and (function, name) not in facts.params:
                    wanted.append((function, name, call.file, value))
            for name, file, value in spread(call, resolution):
                param = function.param(name)
                if param and is_untyped(param) and not param.star and (function, name) not in facts.params:
                    wanted.append((function, name, file, value))
    found = _depended(resolution, facts)
    for place, classes in _fixtured(resolution, facts).items():
        found[place] |= classes
    by_file: dict[File, list[tuple[Function, str, Node]]] = defaultdict(list)
    for function, name, file, value in wanted:
        by_file[file].append((function, name, value))
    for file, items in by_file.items():
        nodes = [item[2] for item in items]
        answers = whole_classes(resolution, file, nodes)
        themselves = _classes_themselves(
            resolution, file, [node for node, answer in zip(nodes, answers, strict=True) if answer]
        )
        for (function, name, node), answer in zip(items, answers, strict=True):
            found[function, name] |= {f"{CLASS}[{item}]" for item in answer} if node.id in themselves else answer
    return found


def _classes_themselves(resolution: Resolution, file: File, nodes: list[Node]) -> set[int]:
    """Those of the expressions that name a class: `find(db, Item)`."""
    named = [node for node in nodes if node.type in ("identifier", "attribute")]
    found = zip(named, resolution.definitions(file, named), strict=True)
    return {node.id for node, targets in found if targets and all(target.kind == "class" for target in targets)}


def is_untyped(param: Param) -> bool:
    """Whether nothing is said of what a parameter takes."""
    return param.annotation is None or is_any(param.annotation)


def _depended(resolution: Resolution, facts: Facts) -> dict[tuple[Function, str], set[str]]:
    """The classes that `Depends(f)` gives to parameters whose annotation says nothing."""
    found: dict[tuple[Function, str], set[str]] = defaultdict(set)
    aliases = untyped_aliases(resolution.project)
    for file in resolution.project.files:
        for function in file.functions:
            for param in function.params:
                if (function, param.name) in facts.params:
                    continue
                call = _dependency(resolution, file, param, aliases)
                if call is not None:
                    found[function, param.name] |= dependency_classes(resolution, call)
    return found


def _dependency(resolution: Resolution, file: File, param: Param, aliases: Aliases) -> Call | None:
    """The call of `Depends` that gives a parameter its value, where its annotation says nothing of that."""
    if is_untyped(param):
        call = resolution.call_at(file, param.default) if param.default is not None else None
        return call if call is not None and is_depends(call) else None
    name = param.annotation.named_children[0] if param.annotation is not None else None
    if name is not None and name.type == "generic_type":
        return untyped_dependency(file, name)
    if name is None or name.type not in ("identifier", "attribute"):
        return None
    last = text_of(name).rpartition(".")[2]
    for target in resolution.definition(file, name) if any(last == known for _, known in aliases) else ():
        home = resolution.project.by_path.get(target.path) if target.path else None
        if home is not None and (home, target.name.rpartition(".")[2]) in aliases:
            return aliases[home, target.name.rpartition(".")[2]]
    return None


def _fixtured(resolution: Resolution, facts: Facts) -> dict[tuple[Function, str], set[str]]:
    """The classes of what pytest gives to parameters of tests and fixtures without an annotation."""
    fixtures = Fixtures(resolution.project)
    found: dict[tuple[Function, str], set[str]] = {}
    given: dict[Function, set[str]] = {}
    for function in resolution.within if fixtures.by_name else ():
        if not (function.file.is_test and (is_test_function(function) or fixture_name(function))):
            continue
        for param in function.params:
            if param.annotation is None and not param.star and (function, param.name) not in facts.params:
                fixture = fixtures.named(function.file, param.name, function)
                if fixture is not None and fixture not in given:
                    given[fixture] = _handed(resolution, fixture)
                if fixture is not None and given[fixture]:
                    found[function, param.name] = given[fixture]
    return found


def _handed(resolution: Resolution, fixture: Function) -> set[str]:
    """The classes of what a fixture hands over."""
    return yielded_classes(resolution, fixture) if fixture.is_generator else function_classes(resolution, fixture)


def _result_classes(resolution: Resolution, facts: Facts) -> dict[Function, set[str]]:
    """The classes of what functions return of which an annotation says little, and iterators of what they yield."""
    found: dict[Function, set[str]] = {}
    vague: set[Function] = set()
    by_file: dict[File, list[Function]] = defaultdict(list)
    for function in resolution.within:
        by_file[function.file].append(function)
    for file, functions in by_file.items():
        items = [
            (function, value)
            for function in functions
            if says_little(resolution, function) and is_open(facts.results.get(function, ANY))
            for value in (yielded(function) if function.is_generator else returned(function))
        ]  # fmt: skip
        answers = whole_classes(resolution, file, [item[1] for item in items])
        calls = [
            resolution.call_at(file, value) for (_, value), answer in zip(items, answers, strict=True) if not answer
        ]
        annotated = returned_classes([call for call in calls if call is not None], resolution)
        named = {
            call.node.id: {target.name for target in targets if is_usable(target)}
            for call, targets in annotated.items()
        }
        for (function, value), known in zip(items, answers, strict=True):
            answer = known or named.get(value.id, set())
            answer = _exactly(resolution, file, value, answer)
            if not answer and not function.is_generator:
                answer = {own_result(function, returned(function), partial(_is_session, resolution, file))} - {""}
            classes = {f"{ITERATOR}[{name}]" for name in answer} if function.is_generator else answer
            found.setdefault(function, set()).update(classes)
            if is_bare(function) and not (answer and all("[" in name and not is_open(name) for name in answer)):
                vague.add(function)  # the annotation says as much
    return {function: one_class(classes) for function, classes in found.items() if function not in vague}


def _is_session(resolution: Resolution, file: File, node: Node) -> bool:
    return bool(resolution.class_names(file, node) & SESSIONS)


def _exactly(resolution: Resolution, file: File, value: Node, classes: set[str]) -> set[str]:
    """The classes with what is in them: the parts of a tuple, the sessions of a factory."""
    if value.type in TUPLES:
        return {tuple_class(resolution, file, value)}
    is_named = classes == {FACTORY} and value.type != "call"
    return {factory_class(resolution, file, value)} if is_named else classes


def _is_unbound(method: Function, call: Call) -> bool:
    """Whether a call names the class of a method and hands the object over: `Base.__init__(self, db)`."""
    owner, name = unbound_owner(call), call.callee.child_by_field_name("attribute")
    if owner is None or name is None or text_of(name) != method.name:
        return False
    is_named = method.cls is not None and text_of(owner).rpartition(".")[2] == method.cls.name
    return is_named or (method.name == "__init__" and owner.type == "identifier")


def bind(function: Function, call: Call) -> list[tuple[str, Node]]:
    """(parameter, argument) pairs of a call of this function; `self` and `cls` are skipped, and what a splat spreads.
    Arguments by keyword go where they say, whatever is spread before them."""
    params = [param for param in function.params if not param.star]
    is_static = any("staticmethod" in text_of(decorator) for decorator in function.decorators)
    is_bound = function.cls is not None and not is_static
    positional = params[1:] if is_bound and params and not _is_unbound(function, call) else params
    pairs, index = [], 0
    for argument in call.arguments:
        if argument.type == "keyword_argument":
            name, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if name is not None and value is not None:
                pairs.append((text_of(name), value))
        elif argument.type == "list_splat":
            index = len(positional)
        elif argument.type != "dictionary_splat" and index < len(positional):
            pairs.append((positional[index].name, argument))
            index += 1
    return pairs
