"""Which definition each call means, asked of a type checker, with virtual facts for code without annotations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.app_attributes import find_kept
from awaitify.analysis.data_classes import add_constructors
from awaitify.analysis.fact_finding import new_facts
from awaitify.analysis.facts import Facts
from awaitify.analysis.forward_names import forward_names
from awaitify.analysis.relationship_facts import relationship_facts
from awaitify.analysis.undecided import undecided
from awaitify.analysis.values import chained_targets
from awaitify.project.index import Call, Class, File, Function, Project, text_of
from awaitify.project.made_bases import made_bases
from awaitify.resolve.model import Point, Target
from awaitify.resolve.ty_server import TyServer

ROUNDS = 5
REBOUND = r"\b{name}\s*(:[^=\n]*)?=[^=]|\bas {name}\b|\bfor\b[^\n]*\b{name}\b[^\n]*\bin\b"
ANY = "typing.Any"
NOT_A_FACT = {"builtins.object", "types.NoneType", "builtins.NoneType", ANY}


@dataclass(eq=False)
class Resolution:
    """The answers: targets by call, and definitions and classes of other names by position. within: the functions whose
    calls were resolved."""

    project: Project
    oracle: TyServer
    targets: dict[Call, tuple[Target, ...]] = field(default_factory=dict)
    callers: dict[Function, list[Call]] = field(default_factory=lambda: defaultdict(list))
    facts: Facts = field(default_factory=Facts)
    overrides: dict[Function, tuple[Function, ...]] = field(default_factory=dict)
    within: list[Function] = field(default_factory=list)
    _definitions: dict[tuple[File, int], tuple[Target, ...]] = field(default_factory=dict)
    _classes: dict[tuple[File, int], tuple[Target, ...]] = field(default_factory=dict)
    _bases: dict[Class, list[Class]] = field(default_factory=dict)
    _hovers: dict[tuple[File, int], str] = field(default_factory=dict)
    _calls: dict[File, dict[int, Call]] = field(default_factory=dict)

    def call_at(self, file: File, node: Node) -> Call | None:
        """The call whose expression a node is."""
        if file not in self._calls:
            self._calls[file] = {call.node.id: call for call in file.calls}
        return self._calls[file].get(node.id)

    def functions(self, call: Call) -> list[Function]:
        """The project functions that a call may mean; a class stands for its `__init__`."""
        return [found for target in self.targets.get(call, ()) if (found := self.function_of(target)) is not None]

    def function_of(self, target: Target) -> Function | None:
        """The project function behind a target."""
        found = self.project.definition(target.path, target.offset) if target.in_project else None
        if isinstance(found, Class):
            return next((item.methods["__init__"] for item in self.lineage(found) if "__init__" in item.methods), None)
        return found

    def class_meant(self, file: File, node: Node) -> Class | None:
        """The project class that a name means."""
        targets = [target for target in self.definition(file, node) if target.in_project]
        found = (self.project.definition(target.path, target.offset) for target in targets)
        return next((item for item in found if isinstance(item, Class)), None)

    def bases(self, cls: Class) -> list[Class]:
        """The project classes that a class derives from."""
        if cls not in self._bases:
            names = [node.child_by_field_name("value") if node.type == "subscript" else node for node in cls.bases]
            asked = [name for name in names if name is not None and name.type in ("identifier", "attribute")]
            targets = [target for answer in self.definitions(cls.file, asked) for target in answer if target.in_project]
            found = [self._base_at(target) for target in targets]
            self._bases[cls] = [base for base in found if base is not None]
        return self._bases[cls]

    def _base_at(self, target: Target) -> Class | None:
        """The class whose name stands there, or of which the base there is made."""
        found = self.project.definition(target.path, target.offset)
        file = self.project.by_path.get(target.path) if found is None and target.path is not None else None
        if file is not None:
            behind = (made.cls for made in made_bases(file) if made.name.start_byte == target.offset)
            meant = (item for node in behind for item in self.definition(file, node))
            found = next((self.project.definition(item.path, item.offset) for item in meant), None)
        return found if isinstance(found, Class) else None

    def members(self, cls: Class) -> list[Function]:
        """The methods of a class and of those of the project that it derives from, in the order of resolution."""
        return [method for base in self.lineage(cls) for method in base.methods.values()]

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
        wanted = [ask_at(node) for node in nodes]
        missing = [place for place in wanted if (file, place) not in self._definitions]
        if missing:
            answers = self.oracle.definitions([Point(file.path, place) for place in missing])
            self._definitions.update(zip([(file, place) for place in missing], answers, strict=True))
        return [self._definitions[file, place] for place in wanted]

    def definition(self, file: File, node: Node) -> tuple[Target, ...]:
        """What one name means."""
        return self.definitions(file, [node])[0]

    def remember(self, file: File, node: Node, answer: tuple[Target, ...]) -> None:
        """What a name means from now on."""
        self._definitions[file, ask_at(node)] = answer

    def classes(self, file: File, nodes: Iterable[Node]) -> list[tuple[Target, ...]]:
        """The classes of the values of these expressions; asked once."""
        wanted = [ask_at(node) if is_askable(node) else None for node in nodes]
        missing = [place for place in wanted if place is not None and (file, place) not in self._classes]
        if missing:
            answers = self.oracle.types([Point(file.path, place) for place in missing])
            self._classes.update(zip([(file, place) for place in missing], answers, strict=True))
        return [self._classes[file, place] if place is not None else () for place in wanted]

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
        """After new facts: what was null, or could be anything, is asked again."""
        for memory in (self._definitions, self._classes):
            for key in [key for key, answer in memory.items() if all(item.name == ANY for item in answer)]:
                del memory[key]
        self._hovers = {key: words for key, words in self._hovers.items() if words and "Unknown" not in words}


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
    """Resolves every call of the scope (of the project when not given), in at most five rounds of facts."""
    scope = scope or whole(project)
    calls = scope.calls
    resolution = Resolution(project, oracle, within=scope.functions)
    facts = resolution.facts
    facts.forward, facts.attributes = forward_names(project), relationship_facts(project)
    oracle.open([facts.virtual(file) for file in project.files])
    for round_number in range(ROUNDS):
        _ask(resolution, [call for call in calls if not resolution.targets.get(call)])
        changed = _learn(resolution) if round_number < ROUNDS - 1 else set()
        if not changed:
            break
        oracle.open([facts.virtual(file) for file in changed])
        resolution.forget_unknown()
    add_constructors(project.classes.values(), resolution.lineage)
    for call in calls:
        for function in resolution.functions(call):
            resolution.callers[function].append(call)
    return resolution


def _learn(resolution: Resolution) -> set[File]:
    """New facts for the next round; the files whose virtual text they change."""
    changed = new_facts(resolution, resolution.facts) | find_kept(resolution, resolution.facts.kept)
    found = undecided(call for call, targets in resolution.targets.items() if not targets)
    changed |= {function.file for function in found - resolution.facts.undecided}
    resolution.facts.undecided |= found
    return changed


def _ask(resolution: Resolution, calls: list[Call]) -> None:
    plain = [call for call in calls if call.callee.type != "call"]
    answers = resolution.oracle.definitions([Point(call.file.path, call.ask) for call in plain])
    for call, answer in zip(plain, answers, strict=True):
        resolution.targets[call] = answer or _by_import(call, resolution.project)
    for call in sorted((call for call in calls if call.callee.type == "call"), key=lambda item: item.node.end_byte):
        resolution.targets[call] = chained_targets(resolution, call)


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
