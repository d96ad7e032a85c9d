"""`Depends(get_db)` becomes `Depends(get_async_db)` where the function that asks for it becomes async."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, InsertCode, RemoveImport, Rename, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.made_twins import maker_of
from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.planning.alias_twins import AliasTwins, is_finished_relay
from awaitify.planning.draft import Draft
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.made_variables import MadeVariables
from awaitify.planning.names import async_session_module
from awaitify.planning.renaming import rename_doubles, rename_function, twin_name
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Class, File, Function, ancestors, span_of, text_of

Splice = tuple[tuple[int, int], str]
#: (file, alias) -> who uses it in a signature, and where.
AliasUsers = dict[tuple[File, str], dict[Function, Node]]


@dataclass(eq=False)
class DependencyPlanner:
    """Plans the dependency sites of functions that move."""

    colouring: Colouring
    draft: Draft
    sessions: Sessions
    functions: FunctionPlanner
    left: AliasTwins = field(init=False)
    made: MadeVariables = field(init=False)

    def __post_init__(self) -> None:
        self.left = AliasTwins(self.colouring, self.sessions)
        self.made = self.functions.made = MadeVariables(self.colouring.resolution, self.draft)

    def plan(self, moving: set[Function]) -> None:
        """Renames providers and twins at every site that belongs to a moving function."""
        users = self._alias_users()
        self.made.find(self.colouring.entries.sites)
        self.functions.alias_twins = {**self.left.names(), **self.made.names()}
        for site in self.colouring.entries.sites:
            new = self._new_name(
                site, moving if site.owner is not None else set(users.get((site.call.file, site.alias), {})) & moving
            )
            if not new or site.argument is None:
                continue
            if site.owner is not None:
                self._rename(site.call.file, _named(site.argument), new, site.owner)
        own = {*users, *self.left.twins} - {(file, twin) for (file, _), twin in self.left.twins.items()}
        for file, alias in sorted(own, key=lambda item: (item[0].source.relative, item[1])):
            self._alias(file, alias, users, moving)

    def _alias_users(self) -> AliasUsers:
        users: AliasUsers = defaultdict(dict)
        for function, uses in self.colouring.entries.alias_uses.items():
            for site, node in uses:
                users[site.call.file, site.alias][function] = node
        return users

    def _new_name(self, site: DependsSite, moving: set[Function]) -> str:
        """What the dependency is called for a moving function, or "" when it keeps its name."""
        target, colours = site.target, self.colouring.colours
        if isinstance(target, Class) and site.maker is None:  # in a signature, it is named anew with all else there
            return target.twin if site.owner is None and moving else ""
        is_named = site.owner is not None and site.argument is not None and site.maker is None
        if is_named and isinstance(target, Function) and is_finished_relay(target, self.colouring):
            return target.name if text_of(_last(site.argument or site.call.node)) != target.name else ""
        if (
            target is None
            or (site.owner is not None and site.owner not in moving)
            or (site.owner is None and not moving)
        ):
            return ""
        if site.maker is not None:
            return self._made_name(site, target, moving)
        if isinstance(target, Class):
            return ""
        if target in colours.providers:
            return self.sessions.provider(target)
        if site.argument is None or not (target in colours.asyncs or is_finished_relay(target, self.colouring)):
            return ""
        new = twin_name(target) if target in colours.twins else target.name
        return new if new != text_of(_last(site.argument)) else ""

    def _made_name(self, site: DependsSite, factory: Function | Class, moving: set[Function]) -> str:
        """What the factory, or the variable with what it made, is called for a moving function."""
        colours = self.colouring.colours
        if len(site.made) != 1 or maker_of(site.made[0]) is not factory or site.argument is None:
            return ""
        (function,) = site.made
        written = text_of(_last(site.argument))
        if function in colours.twins and function in colours.asyncs:
            new = twin_name(factory)
            if site.argument.type != "call":
                new = self.made.settle(site, moving, colours.twins, new)
        elif factory.twin and (function in colours.asyncs or is_finished_relay(function, self.colouring)):
            new = factory.name if written == factory.twin else written
            if site.argument.type != "call":
                new = self.made.finish(site, factory.name)
        else:
            return ""
        return new if new != written else ""

    def _alias(self, file: File, alias: str, everyone: AliasUsers, moving: set[Function]) -> None:
        """An alias whose users all move is changed in place; one that both colours use gets a twin."""
        users, twin = everyone.get((file, alias), {}), self.left.twins.get((file, alias), "")
        later = {} if not twin else {
            function: node
            for function, node in everyone.get((file, twin), {}).items()
            if function not in self.left.going
        }  # fmt: skip
        active = set(users) & moving if users else set(later)
        names = {site: self._new_name(site, active) for site in self.colouring.entries.aliases[file, alias]}
        if not any(names.values()) or not active:
            if twin and self.left.is_idle(file, alias):
                self._finish_twin(file, alias, twin, later)
            self._retype(file, names)
            return
        is_all = set(users) <= moving - set(self.colouring.colours.twins) - self.colouring.colours.beside
        is_free = not twin or not self._has_other_uses(file, twin, everyone.get((file, twin), {}))
        if is_all and is_free and not self._has_other_uses(file, alias, users):
            self._alias_in_place(file, names)
            self._finish_twin(file, alias, twin, later)
            return
        new_alias = async_name(alias)
        for place in dict.fromkeys(_assignment(site) for site in names):  # an alias may be defined in two branches
            self._alias_twin(
                file, place, new_alias, {site: new for site, new in names.items() if _assignment(site) == place}
            )
        for owner, node in self._told_by_makers(alias, active):
            self._rename(owner.file, node, new_alias, owner)
        for function, node in users.items():
            if function in moving:
                self._rename(function.file, node, new_alias, function)

    def _alias_in_place(self, file: File, names: dict[DependsSite, str]) -> None:
        for site, new in names.items():
            if new and site.argument is not None:
                rename_function(file, _named(site.argument), new, self.draft)
                self.functions.annotations.session_type(file, _annotation(site))
            rename_doubles(file, _annotation(site), self.colouring, self.draft)

    def _retype(self, file: File, sites: Collection[DependsSite]) -> None:
        """An alias says what its dependencies give, where they keep their names and give copies of classes now."""
        colours = self.colouring.colours
        changed = colours.carriers | colours.within | (colours.asyncs - colours.twins.keys())
        for site in sites:
            if site.target in changed:
                rename_doubles(file, _annotation(site), self.colouring, self.draft)

    def _finish_twin(self, file: File, alias: str, twin: str, users: dict[Function, Node]) -> None:
        """The async alias that an earlier step left goes; who uses it uses the other, which is the same now."""
        if not twin:
            return
        for owner, node in [*self._told_by_makers(twin, users), *users.items()]:
            rename_function(owner.file, node, alias, self.draft)
        self.draft.add(file, ReplaceStatement(span=span_of(self.left.statement(file, twin))))

    def _has_other_uses(self, home: File, alias: str, users: dict[Function, Node]) -> bool:
        """Whether the alias is used elsewhere than in these signatures: by a router, by a test, by another alias."""
        told = [node for _, node in self._told_by_makers(alias, users)]
        known = {node.id for node in [*users.values(), *told]}
        for file in self.colouring.resolution.project.files:
            if file is not home and (file, alias) in self.colouring.entries.aliases:
                continue  # it has one of its own by that name
            for name in file.names:
                if text_of(name) != alias or name.id in known or (name.parent is not None and name.parent.id in known):
                    continue
                above = {parent.type for parent in ancestors(name)}
                is_own = file is home and "assignment" in above and "call" not in above
                if not is_own and not above & {"import_from_statement", "import_statement"}:
                    return True
        return False

    def _told_by_makers(self, alias: str, users: Collection[Function]) -> list[tuple[Function, Node]]:
        """Where functions that make one of these users name the alias in what they say to return."""
        found = []
        for user in users:
            maker = user.parent or user
            result = maker.node.child_by_field_name("return_type") if maker is not user else None
            for name in maker.file.names if result is not None else ():
                inside = result.start_byte <= name.start_byte < result.end_byte if result is not None else False
                if inside and text_of(name) == alias:
                    found.append((user, name))
        return found

    def _rename(self, file: File, node: Node, new: str, owner: Function) -> None:
        """A reference in a signature; in that of a twin, the copy alone is changed."""
        if owner not in self.colouring.colours.twins and owner not in self.colouring.colours.beside:
            rename_function(file, node, new, self.draft)
            return
        own = Draft()
        rename_function(file, node, new, own)
        for edit in own.edits[file]:
            if isinstance(edit, AddImport):
                self.draft.add(file, edit)
            elif not isinstance(edit, RemoveImport):
                self.functions.twin_edits[owner].append(edit)

    def _alias_twin(self, file: File, assignment: Node, name: str, names: dict[DependsSite, str]) -> None:
        left = assignment.child_by_field_name("left")
        splices: list[Splice] = [(span_of(left or assignment), name)]
        for item, new in names.items():
            is_named = not isinstance(item.target, Class) or item.maker is not None
            if new and item.argument is not None and is_named:
                node = _named(item.argument)
                splices.append((span_of(_last(node)), new))
                if node.type == "identifier":
                    self._import(file, node, new)
        splices += self._session_splices(file, assignment)
        own = Draft()
        rename_doubles(file, assignment, self.colouring, own)
        for edit in own.edits[file]:
            if isinstance(edit, Rename):
                splices.append((edit.span, edit.new))
            elif isinstance(edit, AddImport):
                self.draft.add(file, edit)
        data, base = file.source.text[assignment.start_byte : assignment.end_byte], assignment.start_byte
        for (start, end), new in sorted(splices, reverse=True):
            data = data[: start - base] + new.encode() + data[end - base :]
        statement = assignment.parent or assignment
        if data.strip() not in file.source.text:  # else an earlier run left it
            self.draft.add(file, InsertCode(span=span_of(statement), code=data.decode()))

    def _import(self, file: File, node: Node, new: str) -> None:
        for item in file.imports:
            if item.local == text_of(node) and item.name:
                self.draft.add_import(file, item.written, new)

    def _session_splices(self, file: File, assignment: Node) -> list[Splice]:
        splices: list[Splice] = []
        for name in file.names:
            if assignment.start_byte <= name.start_byte < assignment.end_byte and text_of(name).endswith("Session"):
                found = {target.name for target in self.colouring.resolution.definition(file, name)} & set(
                    SESSION_CLASSES
                )
                if found:
                    self.draft.add_import(file, async_session_module(found.pop()), "AsyncSession")
                    splices.append((span_of(name), "AsyncSession"))
        return splices


def _named(argument: Node) -> Node:
    """What is named in an argument of Depends: a function, a variable, or the factory that is called there."""
    callee = argument.child_by_field_name("function") if argument.type == "call" else None
    return callee or argument


def _last(argument: Node) -> Node:
    node = _named(argument)
    return node.child_by_field_name("attribute") or node


def _assignment(site: DependsSite) -> Node:
    """Where an alias is defined."""
    return next(node for node in ancestors(site.call.node) if node.type == "assignment")


def _annotation(site: DependsSite) -> Node:
    """The whole right side of the alias's assignment."""
    assignment = _assignment(site)
    return assignment.child_by_field_name("right") or assignment
