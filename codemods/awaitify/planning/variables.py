"""Variables that hold an engine or a session factory get a twin beside every assignment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, InsertCode
from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.analysis.values import ENGINE, FACTORY, SCOPED, canonical, result_classes
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.engine_urls import EngineUrls
from awaitify.planning.listeners import follow_listeners
from awaitify.planning.renaming import import_locally, imported_locally
from awaitify.planning.splicing import Splice
from awaitify.project.index import Call, File, Function, ImportedName, ancestors, is_within, span_of, text_of

HELD = {ENGINE, FACTORY, SCOPED}
ASKED_BY = ("comparison_operator", "not_operator", "boolean_operator", "if_statement", "return_statement")


@dataclass(frozen=True, slots=True)
class Variable:
    """A name of a module, or an attribute of a class (`self.engine`), and its assignments."""

    home: File
    name: str
    assignments: tuple[Node, ...]
    is_attribute: bool = False

    @property
    def key(self) -> tuple[File, str]:
        """What it is remembered by."""
        return self.home, f"{'.' if self.is_attribute else ''}{self.name}@{self.assignments[0].start_byte}"


@dataclass(eq=False)
class Variables(EngineUrls):
    """Makes the twins of variables on demand, each once. around: the draft of the function in which a session is opened
    now; local: what a function that is copied imports inside, with the twin's name."""

    around: Draft | None = None
    local: list[tuple[ImportedName, str]] = field(default_factory=list)

    def value_code(self, home: File, assignment: Node, variable: str) -> str:
        """The code of the twin's value beside an assignment."""
        raise NotImplementedError

    def variable_twin(self, file: File, node: Node) -> str:
        """The name of the twin of the variable behind a name or an attribute, usable in this file."""
        variable = self.variable(file, node)
        if variable is None:
            message = f"{text_of(node)} is not a module-level variable of the project"
            raise NotTwinned(Reason("session-factory", message, file.source.relative, node.start_point[0] + 1))
        variable = self._behind_scope(variable) or variable
        name = self.made.get(variable.key) or self._make(variable)
        if variable.home is not file and node.type == "identifier":
            self._import_near(file, node, variable.home, name)
        return name

    def held_classes(self, file: File, node: Node) -> set[str]:
        """Which of engine and factory an expression is: by its type, else by what its variable is assigned, once (a
        call with an argument that the checker does not accept has no type)."""
        names = {canonical(name) for name in self.resolution.class_names(file, node)}
        variable = self.variable(file, node) if not names and node.type in ("identifier", "attribute") else None
        if variable is not None and len(variable.assignments) == 1:
            right = variable.assignments[0].child_by_field_name("right")
            call = self.resolution.call_at(variable.home, right) if right is not None else None
            names = result_classes(self.resolution, call) if call is not None else set()
        return {name.partition("[")[0] for name in names} & HELD

    def made_twin(self, file: File, node: Node) -> tuple[File, str] | None:
        """Where the async twin of a module's variable stands and what it is called, if this plan uses one."""
        variable = self.variable(file, node)
        name = self.made.get(variable.key) if variable is not None and not variable.is_attribute else None
        return (variable.home, name) if variable is not None and name is not None else None

    def _behind_scope(self, variable: Variable) -> Variable | None:
        """The factory of the same module that a `scoped_session(factory)` is made of: its twin serves both."""
        right = variable.assignments[0].child_by_field_name("right")
        call = self.resolution.call_at(variable.home, right) if right is not None else None
        names = {target.name for target in self.resolution.targets.get(call, ())} if call is not None else set()
        if call is None or SCOPED not in names or len(call.arguments) != 1 or len(variable.assignments) != 1:
            return None
        inner = self.variable(variable.home, call.arguments[0]) if call.arguments[0].type == "identifier" else None
        return inner if inner is not None and inner.home is variable.home and not variable.is_attribute else None

    def variable(self, file: File, node: Node) -> Variable | None:
        """The variable behind a name; None for a local one and for what is not the project's."""
        for target in self.resolution.definition(file, node):
            home = self.resolution.project.by_path.get(target.path) if target.path else None
            found = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home else None
            left = found.parent if found is not None and found.parent and found.parent.type == "attribute" else found
            if home is None or left is None or left.parent is None or left.parent.type != "assignment":
                continue
            if left.parent.child_by_field_name("left") != left:
                continue
            variable = _attribute(home, left) if left.type == "attribute" else _global(home, left)
            if variable is not None:
                return variable
        return None

    def _make(self, variable: Variable) -> str:
        home, name = variable.home, async_name(variable.name)
        is_there = _defined(variable, name)
        name = f"{name}_" if is_there is None else name
        self.made[variable.key] = name
        if is_there:
            return name
        for assignment in variable.assignments:
            if self._is_copied(variable, assignment):
                continue
            left = assignment.child_by_field_name("left") or assignment
            lead = f"{text_of(left).rpartition('.')[0]}." if variable.is_attribute else ""
            code = f"{lead}{name} = {self.value_code(home, assignment, text_of(left))}"
            statement = assignment.parent if assignment.parent is not None else assignment
            self.draft.add(home, InsertCode(span=span_of(statement), code=code))
            self._declare_global(home, assignment, variable, name)
            self._follow(home, left, f"{lead}{name}")
        self._configure(variable, name)
        return name

    def _is_copied(self, variable: Variable, assignment: Node) -> bool:
        """Whether an assignment stands in a function that gets an async copy of its own: one that makes what others
        use, or the dependency that is being copied, if nothing else reads the variable."""
        function = _function_around(variable.home, assignment)
        if function is None or function not in self.copying or variable.is_attribute:
            return function is not None and bool(self.maker_classes(function))
        outside = [
            node
            for node in variable.home.names
            if text_of(node) == variable.name
            and function.node not in ancestors(node)
            and node.parent not in variable.assignments
        ]
        if any(node.parent is not None and node.parent.type in ASKED_BY for node in outside):
            message = f"{variable.name} is made where it is first needed, and something else asks whether it is there"
            raise NotTwinned(Reason("session-factory", message, variable.home.source.relative, function.line))
        files = self.resolution.project.files
        return not outside and not any(item.name == variable.name for file in files for item in file.imports)

    def maker_classes(self, function: Function) -> set[str]:
        """Which of engine and factory a function gives."""
        raise NotImplementedError

    def _declare_global(self, home: File, assignment: Node, variable: Variable, name: str) -> None:
        function = _function_around(home, assignment)
        for node in globals_of(function) if function is not None and not variable.is_attribute else ():
            if variable.name in {text_of(item) for item in node.named_children}:
                edits = self.draft.edits[home]
                beside = [edit for edit in edits if isinstance(edit, InsertCode) and edit.span == span_of(node)]
                known = [word for edit in beside for word in edit.code.removeprefix("global ").split(", ")]
                edits[:] = [edit for edit in edits if edit not in beside]
                names = ", ".join(dict.fromkeys([*known, name]))
                self.draft.add(home, InsertCode(span=span_of(node), code=f"global {names}"))

    def _follow(self, home: File, left: Node, twin: str) -> None:
        is_engine = ENGINE in self.resolution.class_names(home, left)
        reason = follow_listeners(home, left, twin, self.effects, self.draft) if is_engine else None
        if reason is not None:
            raise NotTwinned(reason)

    def _configure(self, variable: Variable, name: str) -> None:
        """`Factory.configure(bind=engine)` is said to the twin too."""
        for file in self.resolution.project.files:
            for call in file.calls:
                owner = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
                if owner is None or not text_of(call.callee).endswith(".configure"):
                    continue
                if FACTORY not in self.resolution.class_names(file, owner) or self.variable(file, owner) != variable:
                    continue
                self._configure_twin(file, call, owner, variable, name)

    def _configure_twin(self, file: File, call: Call, owner: Node, variable: Variable, name: str) -> None:
        parent = call.node.parent
        if parent is None or parent.type != "expression_statement" or file.is_test:
            message = f"{text_of(call.node)[:60]} sets up the session factory where its twin cannot follow"
            raise NotTwinned(Reason("session-factory", message, file.source.relative, call.line))
        lead = f"{text_of(owner).rpartition('.')[0]}." if owner.type == "attribute" else ""
        if variable.home is not file and not lead:
            self._import_like(file, text_of(owner), variable.home, name)
        code = f"{lead}{name}.configure({self.configured(file, call)})"
        self.draft.add(file, InsertCode(span=span_of(parent), code=code))

    def configured(self, file: File, call: Call) -> str:
        """The arguments of `configure` for an async factory."""
        raise NotImplementedError

    def _import_near(self, file: File, node: Node, home: File, name: str) -> None:
        """Imports a twin where the name that it stands for is imported: in a function, perhaps, to break a circle."""
        item = imported_locally(file, node)
        if item is not None and self.copying:
            self.local.append((item, name))
        elif item is not None and self.around is not None:
            import_locally(file, item, name, self.around)
        else:
            self._import_like(file, text_of(node), home, name)
            return
        self._pass_on(file, item, home, name)

    def _import_like(self, file: File, local: str, home: File, name: str) -> None:
        """Imports a twin the way the original is imported; a module that passes the original on passes it on too."""
        for item in file.imports:
            if item.local == local and item.name:
                self.draft.add_import(file, item.written, name)
                self._pass_on(file, item, home, name)
                return
        self.draft.add_import(file, home.module, name)

    def _imports(self, function: Function) -> Iterator[Splice]:
        """The imports inside a copied function bring the twins."""
        for item, name in dict.fromkeys(self.local):
            if is_within(item.statement, function.node):
                renamed = (node for node in ancestors(item.node) if node.type == "aliased_import")
                yield span_of(next(renamed, item.node)), name
        self.local[:] = [pair for pair in self.local if not is_within(pair[0].statement, function.node)]

    def _pass_on(self, file: File, item: ImportedName, home: File, name: str) -> None:
        module = file.absolute(item.module, item.level)
        passing = next((one for one in self.resolution.project.files if one.module == module), home)
        has_it = any(isinstance(edit, AddImport) and edit.name == name for edit in self.draft.edits[passing])
        if passing is not home and not has_it:
            self._import_like(passing, item.name, home, name)


def _defined(variable: Variable, name: str) -> bool | None:
    """Whether the twin is there already; None when something else has its name."""
    lead = r"^\s+(?:self|cls)\." if variable.is_attribute else r"^\s*"
    found = re.findall(rf"{lead}{name}\b\s*(?::[^=\n]+)?=(.*)", variable.home.source.text.decode(), re.MULTILINE)
    if not found:
        return False
    return True if any("async" in value.lower() for value in found) else None


def _global(home: File, left: Node) -> Variable | None:
    """The module-level variable of a name that is assigned at module level, or in functions that declare it global."""
    name = text_of(left)
    found = []
    for node in home.names:
        parent = node.parent
        if text_of(node) == name and parent is not None and parent.type == "assignment":
            function = _function_around(home, parent)
            is_global = function is None or any(
                name == text_of(item) for statement in globals_of(function) for item in statement.named_children
            )
            in_class = any(item.type == "class_definition" for item in ancestors(parent))
            if parent.child_by_field_name("left") == node and is_global and (function is not None or not in_class):
                found.append(parent)
    return Variable(home, name, tuple(found)) if any(item == left.parent for item in found) else None


def _attribute(home: File, left: Node) -> Variable | None:
    """The attribute of a class whose methods assign it on `self` or `cls`."""
    owner, name = left.child_by_field_name("object"), left.child_by_field_name("attribute")
    cls = next((item for item in ancestors(left) if item.type == "class_definition"), None)
    if owner is None or name is None or cls is None or text_of(owner) not in ("self", "cls"):
        return None
    found = []
    for node in home.names:
        parent = node.parent.parent if node.parent is not None and node.parent.type == "attribute" else None
        is_assigned = parent is not None and parent.type == "assignment" and text_of(node) == text_of(name)
        if parent is not None and is_assigned and text_of(parent.named_children[0]) == text_of(left):
            found += [parent] if cls in ancestors(parent) else []
    return Variable(home, text_of(name), tuple(found), True)


def _function_around(home: File, node: Node) -> Function | None:
    """The function that a node stands in."""
    inner = next((item for item in ancestors(node) if item.type == "function_definition"), None)
    return next((function for function in home.functions if function.node == inner), None) if inner else None


def globals_of(function: Function) -> Iterator[Node]:
    """Its `global` statements, those in blocks included."""
    queue = [function.node]
    while queue:
        for node in queue.pop().named_children:
            if node.type == "global_statement":
                yield node
            elif node.type not in ("function_definition", "class_definition", "parameters"):
                queue.append(node)
