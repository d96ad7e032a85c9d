"""Which definition each call means, asked of a type checker, with virtual facts for code without annotations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.results import returned_classes
from awaitify.project.index import Call, Class, File, Function, Project, text_of
from awaitify.resolve.model import Insertion, Point, Target, VirtualFile
from awaitify.resolve.ty_server import TyServer

ROUNDS = 3
REBOUND = r"\b{name}\s*(:[^=\n]*)?=[^=]|\bas {name}\b|\bfor\b[^\n]*\b{name}\b[^\n]*\bin\b"
NOT_A_FACT = {"builtins.object", "types.NoneType", "builtins.NoneType", "typing.Any"}


@dataclass(eq=False)
class Resolution:
    """The answers: targets by call, and definitions and classes of other names by position. within: the functions whose
    calls were resolved."""

    project: Project
    oracle: TyServer
    targets: dict[Call, tuple[Target, ...]] = field(default_factory=dict)
    callers: dict[Function, list[Call]] = field(default_factory=lambda: defaultdict(list))
    facts: Facts = field(default_factory=lambda: Facts())
    overrides: dict[Function, tuple[Function, ...]] = field(default_factory=dict)
    within: list[Function] = field(default_factory=list)
    _definitions: dict[tuple[File, int], tuple[Target, ...]] = field(default_factory=dict)
    _classes: dict[tuple[File, int], tuple[Target, ...]] = field(default_factory=dict)
    _bases: dict[Class, list[Class]] = field(default_factory=dict)
    _hovers: dict[tuple[File, int], str] = field(default_factory=dict)

    def functions(self, call: Call) -> list[Function]:
        """The project functions that a call may mean; a class stands for its `__init__`."""
        return [found for target in self.targets.get(call, ()) if (found := self.function_of(target)) is not None]

    def function_of(self, target: Target) -> Function | None:
        """The project function behind a target."""
        found = self.project.definition(target.path, target.offset) if target.in_project else None
        if isinstance(found, Class):
            return next((item.methods["__init__"] for item in self.lineage(found) if "__init__" in item.methods), None)
        return found

    def bases(self, cls: Class) -> list[Class]:
        """The project classes that a class derives from."""
        if cls not in self._bases:
            names = [node.child_by_field_name("value") if node.type == "subscript" else node for node in cls.bases]
            asked = [name for name in names if name is not None and name.type in ("identifier", "attribute")]
            targets = [target for answer in self.definitions(cls.file, asked) for target in answer if target.in_project]
            found = [self.project.definition(target.path, target.offset) for target in targets]
            self._bases[cls] = [base for base in found if isinstance(base, Class)]
        return self._bases[cls]

    def lineage(self, cls: Class) -> list[Class]:
        """The class and its bases in the project, nearest first."""
        found, todo = list[Class](), [cls]
        while todo:
            current = todo.pop(0)
            if current not in found:
                found.append(current)
                todo += self.bases(current)
        return found

    def definitions(self, file: File, nodes: Iterable[Node]) -> list[tuple[Target, ...]]:
        """What the names at these nodes mean; asked once."""
        wanted = list(nodes)
        missing = [node for node in wanted if (file, ask_at(node)) not in self._definitions]
        answers = self.oracle.definitions([Point(file.path, ask_at(node)) for node in missing])
        self._definitions.update({(file, ask_at(node)): answer for node, answer in zip(missing, answers, strict=True)})
        return [self._definitions[file, ask_at(node)] for node in wanted]

    def definition(self, file: File, node: Node) -> tuple[Target, ...]:
        """What one name means."""
        return self.definitions(file, [node])[0]

    def classes(self, file: File, nodes: Iterable[Node]) -> list[tuple[Target, ...]]:
        """The classes of the values of these expressions; asked once."""
        wanted = list(nodes)
        missing = [node for node in wanted if is_askable(node) and (file, ask_at(node)) not in self._classes]
        answers = self.oracle.types([Point(file.path, ask_at(node)) for node in missing])
        self._classes.update({(file, ask_at(node)): answer for node, answer in zip(missing, answers, strict=True)})
        return [self._classes[file, ask_at(node)] if is_askable(node) else () for node in wanted]

    def class_names(self, file: File, node: Node) -> set[str]:
        """Dotted names of the classes of one expression's value; None is left out."""
        return {target.name for target in self.classes(file, [node])[0]} - NOT_A_FACT

    def hover(self, file: File, node: Node) -> str:
        """The type of an expression, as the checker words it."""
        key = (file, ask_at(node))
        if key not in self._hovers:
            self._hovers[key] = self.oracle.hovers([Point(file.path, ask_at(node))])[0]
        return self._hovers[key]

    def forget_unknown(self) -> None:
        """After new facts: what was null is asked again."""
        for memory in (self._definitions, self._classes):
            for key in [key for key, answer in memory.items() if not answer]:
                del memory[key]


def is_askable(node: Node) -> bool:
    """Whether the type at `ask_at` is that of the whole expression."""
    if node.type == "call":
        callee = node.child_by_field_name("function")
        return callee is not None and is_askable(callee)
    if node.type in ("keyword_argument", "parenthesized_expression", "await"):
        return bool(node.named_children) and is_askable(node.named_children[-1])
    return node.type in ("identifier", "attribute")


def ask_at(node: Node) -> int:
    """Where to ask about an expression: its last identifier."""
    if node.type == "attribute":
        attribute = node.child_by_field_name("attribute")
        return (attribute or node).start_byte
    if node.type == "call":
        callee = node.child_by_field_name("function")
        return ask_at(callee) if callee is not None else node.start_byte
    if node.type == "keyword_argument":
        value = node.child_by_field_name("value")
        return ask_at(value) if value is not None else node.start_byte
    if node.type == "parenthesized_expression" and node.named_children:
        return ask_at(node.named_children[0])
    if node.type == "await" and node.named_children:
        return ask_at(node.named_children[0])
    return node.start_byte


@dataclass(eq=False)
class Facts:
    """What the server is told beyond the source: types of parameters and results, by function."""

    params: dict[tuple[Function, str], str] = field(default_factory=dict)
    results: dict[Function, str] = field(default_factory=dict)

    def virtual(self, file: File) -> VirtualFile:
        """The file's text with its facts."""
        names: dict[str, str] = {}
        insertions = []
        for function in file.functions:
            for param in function.params:
                fact = self.params.get((function, param.name))
                if fact and not param.star:
                    insertions.append(Insertion(param.node.end_byte, f': "{_alias(fact, names)}"'))
            parameters = function.node.child_by_field_name("parameters")
            if function in self.results and parameters is not None:
                alias = _alias(self.results[function], names)
                insertions.append(Insertion(parameters.end_byte, f' -> "{alias}"'))
        imports = [
            f"from {name.rpartition('.')[0]} import {name.rpartition('.')[2]} as {alias}"
            for name, alias in names.items()
        ]
        ordered = tuple(sorted(insertions, key=lambda item: item.offset))
        return VirtualFile(file.path, file.source.text, ordered, "\n".join(imports))


def _alias(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"_awaitify_{len(names)}_{name.rpartition('.')[2]}")


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What of a project is resolved."""

    functions: list[Function]
    calls: list[Call]


def whole(project: Project) -> Scope:
    """Everything."""
    functions = [function for file in project.files for function in file.functions]
    return Scope(functions, [call for file in project.files for call in file.calls])


def resolve_project(project: Project, oracle: TyServer, scope: Scope | None = None) -> Resolution:
    """Resolves every call of the scope (of the project when not given), in at most three rounds of facts."""
    scope = scope or whole(project)
    calls = scope.calls
    resolution = Resolution(project, oracle, within=scope.functions)
    facts = resolution.facts
    oracle.open([facts.virtual(file) for file in project.files])
    for round_number in range(ROUNDS):
        _ask(resolution, [call for call in calls if not resolution.targets.get(call)])
        changed = _new_facts(resolution, facts) if round_number < ROUNDS - 1 else set()
        if not changed:
            break
        oracle.open([facts.virtual(file) for file in changed])
        resolution.forget_unknown()
    for call in calls:
        for function in resolution.functions(call):
            resolution.callers[function].append(call)
    return resolution


def _ask(resolution: Resolution, calls: list[Call]) -> None:
    answers = resolution.oracle.definitions([Point(call.file.path, call.ask) for call in calls])
    for call, answer in zip(calls, answers, strict=True):
        resolution.targets[call] = answer or _by_import(call, resolution.project)


def _by_import(call: Call, project: Project) -> tuple[Target, ...]:
    """What imports alone tell of `f(...)` and `module.f(...)`: the checker says nothing of code that it holds for
    unreachable, as after `if settings.FLAG` or an assert over two literals."""
    found = project.functions.get(imported_name(call))
    if found is None or found.cls is not None or found.parent is not None:
        return ()
    return (Target(found.id, "function", found.file.path, found.name_node.start_byte, True),)


def imported_name(call: Call) -> str:
    """The dotted name of what is called, when it starts with a name that the file imports; else empty."""
    whole = text_of(call.callee)
    first, _, rest = whole.partition(".")
    item = next((item for item in call.file.imports if item.local.partition(".")[0] == first), None)
    if item is None or not whole.replace(".", "").isidentifier() or _is_rebound(first, call):
        return ""
    if item.local != first:  # import package.module
        return whole
    parents = call.file.module.split(".") + [""] * (call.file.path.name == "__init__.py")
    package = ".".join(parents[: -item.level]) if item.level else ""
    return ".".join(filter(None, (package, item.module, item.name, rest)))


def _is_rebound(name: str, call: Call) -> bool:
    """Whether a name that is imported means something else in the function of a call."""
    scope = call.function
    while scope is not None:
        if scope.param(name) is not None or re.search(REBOUND.format(name=name), text_of(scope.node)):
            return True
        scope = scope.parent
    return False


def _new_facts(resolution: Resolution, facts: Facts) -> set[File]:
    """Adds facts about unannotated parameters and results; returns the files whose virtual text they change."""
    changed: set[File] = set()
    for (function, name), classes in _argument_classes(resolution, facts).items():
        if len(classes) == 1:
            facts.params[function, name] = next(iter(classes))
            changed.add(function.file)
    for function, classes in _result_classes(resolution, facts).items():
        if len(classes) == 1:
            facts.results[function] = next(iter(classes))
            changed.add(function.file)
    return changed


def _argument_classes(resolution: Resolution, facts: Facts) -> dict[tuple[Function, str], set[str]]:
    """The classes that reach each unannotated parameter, from call sites and from `Depends(f)` defaults."""
    wanted: list[tuple[Function, str, File, Node]] = []
    for call in list(resolution.targets):
        for function in resolution.functions(call):
            for name, value in bind(function, call):
                param = function.param(name)
                if param and not param.annotation and not param.star and (function, name) not in facts.params:
                    wanted.append((function, name, call.file, value))
    found: dict[tuple[Function, str], set[str]] = defaultdict(set)
    by_file: dict[File, list[tuple[Function, str, Node]]] = defaultdict(list)
    for function, name, file, value in wanted:
        by_file[file].append((function, name, value))
    for file, items in by_file.items():
        for (function, name, _), answer in zip(items, resolution.classes(file, [i[2] for i in items]), strict=True):
            found[function, name] |= {target.name for target in answer if usable(target)}
    return found


def usable(target: Target) -> bool:
    """Whether a class can be named in an annotation: at module level, and not None or object."""
    return target.kind == "class" and target.name not in NOT_A_FACT and "<locals>" not in target.name


def _result_classes(resolution: Resolution, facts: Facts) -> dict[Function, set[str]]:
    """The classes of what unannotated functions return."""
    found: dict[Function, set[str]] = {}
    by_file: dict[File, list[Function]] = defaultdict(list)
    for function in resolution.within:
        by_file[function.file].append(function)
    for file, functions in by_file.items():
        items = [
            (function, value)
            for function in functions
            if not function.node.child_by_field_name("return_type") and function not in facts.results
            and not function.is_generator and not function.is_async
            for value in _returned(function)
        ]  # fmt: skip
        calls = {call.node.id: call for call in file.calls}
        called = [calls[value.id] for _, value in items if value.id in calls]
        results = returned_classes(called, resolution) if called else {}
        for (function, value), answer in zip(items, resolution.classes(file, [i[1] for i in items]), strict=True):
            targets = results[calls[value.id]] if value.id in calls and not any(map(usable, answer)) else answer
            found.setdefault(function, set()).update(target.name for target in targets if usable(target))
    return found


def _returned(function: Function) -> list[Node]:
    values = [child for node in function.returns for child in node.named_children if child.type != "comment"]
    return [value for value in values if text_of(value) != "None"]


def bind(function: Function, call: Call) -> list[tuple[str, Node]]:
    """(parameter, argument) pairs of a call of this function; `self` and `cls` are skipped."""
    params = [param for param in function.params if not param.star]
    is_static = any("staticmethod" in text_of(decorator) for decorator in function.decorators)
    is_bound = function.cls is not None and not is_static
    positional = params[1:] if is_bound and params else params
    pairs, index = [], 0
    for argument in call.arguments:
        if argument.type == "keyword_argument":
            name, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if name is not None and value is not None:
                pairs.append((text_of(name), value))
        elif argument.type in ("list_splat", "dictionary_splat"):
            break
        elif index < len(positional):
            pairs.append((positional[index].name, argument))
            index += 1
    return pairs
