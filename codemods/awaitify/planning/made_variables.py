"""Variables that hold what a factory of dependencies made: `admin = require("admin")` gets `admin_async` beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.planning.draft import Draft
from awaitify.planning.renaming import rename_function
from awaitify.planning.splicing import spliced_code
from awaitify.project.index import File, Function, ancestors, span_of, text_of


@dataclass(eq=False)
class MadeVariable:
    """A variable of a module. sites: where it is a dependency; copy: that beside it, which an earlier step left."""

    home: File
    assignment: Node
    sites: list[DependsSite] = field(default_factory=list)
    copy: MadeVariable | None = None
    new: str = ""

    @property
    def left(self) -> Node:
        """Its name."""
        node = self.assignment.child_by_field_name("left")
        assert node is not None
        return node

    @property
    def name(self) -> str:
        """The text of its name."""
        return text_of(self.left)

    @property
    def made(self) -> Function:
        """What the factory made."""
        return self.sites[0].made[0]

    @property
    def statement(self) -> Node:
        """The whole statement."""
        return self.assignment.parent or self.assignment

    @property
    def callee(self) -> Node:
        """The factory, as it is called."""
        call = self.assignment.child_by_field_name("right")
        node = call.child_by_field_name("function") if call is not None else None
        assert node is not None
        return node

    def places(self) -> tuple[tuple[File, Node], tuple[File, Node | None]]:
        """Where it stands, and its copy."""
        return (self.home, self.left), (self.home, self.copy.left if self.copy is not None else None)


@dataclass(eq=False)
class MadeVariables:
    """All of a project. by_site: the variable of each site that has one; made: those that got one beside them in this
    plan, or have it; gone: copies that go."""

    resolution: Resolution
    draft: Draft
    by_site: dict[DependsSite, MadeVariable] = field(default_factory=dict)
    made: list[MadeVariable] = field(default_factory=list)
    gone: list[MadeVariable] = field(default_factory=list)

    def find(self, sites: Collection[DependsSite]) -> None:
        """Collects the variables behind these sites, and pairs them."""
        known: dict[tuple[File, int], MadeVariable] = {}
        for site in sites:
            if (
                site.maker is None
                or site.home is None
                or site.argument is None
                or site.argument.type == "call"
                or not site.made
            ):
                continue
            assignment = next(node for node in ancestors(site.maker) if node.type == "assignment")
            variable = known.setdefault((site.home, assignment.id), MadeVariable(site.home, assignment))
            variable.sites.append(site)
            self.by_site[site] = variable
        by_statement = {(item.home, item.statement.id): item for item in known.values()}
        for variable in known.values():
            before = variable.statement.prev_named_sibling
            original = by_statement.get((variable.home, before.id)) if before is not None else None
            original = original or _original(variable)
            if original is not None and variable.name in _names(original):
                original.copy = variable
                self.by_site.update(dict.fromkeys(variable.sites, original))
                original.sites += variable.sites

    def names(self) -> dict[str, str]:
        """Copy -> original."""
        return {item.copy.name: item.name for item in set(self.by_site.values()) if item.copy is not None}

    def settle(self, site: DependsSite, moving: set[Function], staying: Collection[Function], new: str) -> str:
        """The name of the variable for what becomes async. new: that of the factory; staying: those of the moving
        functions whose originals stay too."""
        variable = self.by_site[site]
        if variable.new:
            return variable.new
        if text_of(_last(variable.callee)) == new:
            variable.new = variable.name
        elif variable.copy is not None:
            variable.new = variable.copy.name
            self.made.append(variable)
        elif all(item.owner in moving and item.owner not in staying and not item.elsewhere for item in variable.sites):
            rename_function(variable.home, variable.callee, new, self.draft)
            variable.new = variable.name
        else:
            self._insert(variable, new)
        return variable.new

    def finish(self, site: DependsSite, name: str) -> str:
        """The copy that an earlier step left goes. name: that of the factory, which makes the async form itself now."""
        variable = self.by_site[site]
        if text_of(_last(variable.callee)) != name:
            rename_function(variable.home, variable.callee, name, self.draft)
        if variable.copy is not None and variable not in self.gone:
            self.gone.append(variable)
            self.draft.add(variable.home, ReplaceStatement(span=span_of(variable.copy.statement)))
        return variable.name

    def _insert(self, variable: MadeVariable, new: str) -> None:
        """`admin_async = require_async("admin")` after `admin = require("admin")`."""
        taken = {text_of(node) for node in variable.home.names}
        variable.new = next(name for name in _names(variable) if name not in taken or name.startswith("a_"))
        last, left = _last(variable.callee), variable.left
        code = spliced_code(variable.home, variable.statement, [(span_of(left), variable.new), (span_of(last), new)])
        self.draft.add(variable.home, InsertCode(span=span_of(variable.statement), code=code))
        for item in variable.home.imports:
            if item.name and variable.callee.type == "identifier" and item.local == text_of(variable.callee):
                self.draft.add_import(variable.home, item.written, new)
        self.made.append(variable)


def _original(variable: MadeVariable) -> MadeVariable | None:
    """The variable before it, where that is no dependency any more."""
    before = variable.statement.prev_named_sibling
    inner = before.named_children[0] if before is not None and before.type == "expression_statement" else None
    if inner is None or inner.type != "assignment" or inner.child_by_field_name("left") is None:
        return None
    right, own = inner.child_by_field_name("right"), variable.assignment.child_by_field_name("right")
    is_call = right is not None and right.type == "call" and own is not None
    if not is_call or right is None or own is None:
        return None
    given = [node.child_by_field_name("arguments") for node in (right, own)]
    is_same = all(node is not None for node in given) and text_of(given[0] or own) == text_of(given[1] or own)
    return MadeVariable(variable.home, inner) if is_same else None


def _names(variable: MadeVariable) -> tuple[str, ...]:
    return f"{variable.name}_async", f"a{variable.name}", f"a_{variable.name}_async"


def _last(node: Node) -> Node:
    return node.child_by_field_name("attribute") or node
