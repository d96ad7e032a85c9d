"""The best cure of a lazy load: a loader option on every query that may give the object."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, Edit, LoadOptions
from tree_sitter import Node

from awaitify.analysis.loading.again import Again
from awaitify.analysis.loading.bare import Bare
from awaitify.analysis.loading.bulk import BulkChanges
from awaitify.analysis.loading.changes import Changes
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.held import is_owner_held
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.options import option_pattern
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.saved import Saved
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.loading.trace import WIDE, Tracer
from awaitify.analysis.mapping.model import Mapping, Relationship
from awaitify.project.index import Call, Class, File, span_of, text_of

WHY = "the relationship is read where the session cannot load it lazily"
# After these a query gives something else than the entity that it began with.
OTHER = {"with_only_columns", "with_entities", "from_statement", "union", "union_all", "add_columns", "with_parent"}


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a loader option. how: the function's name; owner: id of the mapped class."""

    how: str
    owner: str
    attr: str
    recursive: bool = False


@dataclass(eq=False, slots=True)
class Options:
    """Loader options by the call that makes the query."""

    context: Context
    tracer: Tracer
    changes: Changes
    bare: Bare
    wanted: dict[int, tuple[Source, dict[tuple[Link, ...], list[Read]]]] = field(default_factory=dict)
    found: dict[Read, list[Source]] = field(default_factory=dict)
    new: dict[Read, bool] = field(default_factory=dict)
    mapping: Mapping = field(init=False)
    again: Again = field(init=False)
    bulk: BulkChanges = field(init=False)
    saved: Saved = field(init=False)

    def __post_init__(self) -> None:
        self.mapping = self.context.mapping
        self.again = Again(self.changes.types, self.tracer.sites)
        types = self.changes.types
        self.bulk = BulkChanges(types, types.project.functions.values())
        self.saved = Saved(types, self.tracer, self.context.around)

    def sources(self, read: Read) -> list[Source]:
        """Where the object of a read comes from."""
        if read.receiver is None:
            return []
        if read not in self.found:
            found = self.tracer.sources(read.function, read.receiver, entity=read.row)
            self.found[read] = [self.again.widened(source) for source in found]
        return self.found[read]

    def may_be_saved(self, read: Read) -> bool:
        """Whether the object may be a new one, as far as nothing tells where it comes from: then no mapping has loaded
        anything for it."""
        if read not in self.new:
            node = read.receiver if read.receiver is not None else read.node
            sources = self.sources(read) if read.receiver is not None else self.tracer.sources(read.function, node)
            if any(item.kind == "unknown" and item.node == node for item in sources):  # too many ways to follow
                sources = self.tracer.sources(read.function, node, WIDE)
            self.new[read] = self.saved.may_give(read, sources)
        return self.new[read]

    def chains(self, read: Read, sources: list[Source]) -> list[tuple[Source, tuple[Link, ...]]] | None:
        """The option for each query; None when one of the objects comes from elsewhere, or may change on the way.

        New objects are left out: they get a refresh."""
        found = []
        for source in sources:
            if source.kind == "new" and not (read.path or source.path):
                continue
            chain = self._chain(source, read) if source.kind == "query" else None
            if chain is None or self.changes_before(source, read) or (chain and source.node.id in self.bare.queries):
                return None
            if chain and source.function is not read.function and any(map(self._is_changed_by_statements, chain)):
                return None  # the query serves others too, which flush what they did not load
            if chain:
                found.append((source, chain))
        return found if any(source.kind == "query" for source in sources) else None

    def _is_changed_by_statements(self, link: Link) -> bool:
        """Whether statements change what a relationship leads to while a function holds its owner."""
        relationship = self.mapping.classes[link.owner].relationships.get(link.attr)
        return relationship is not None and not relationship.eager and self.bulk.touches(relationship)

    def has(self, read: Read, sources: list[Source]) -> bool:
        """Whether other reads want the same options already."""
        chains = self.chains(read, sources)
        return chains is not None and all(
            any(other[: len(chain)] == chain for other in self.wanted.get(source.node.id, (source, {}))[1])
            for source, chain in chains
        )

    def is_changed(self, read: Read) -> bool:
        """Whether what the code's own options load may be no longer so when it is read."""
        return any(self.changes_before(source, read, True) for source in self.sources(read))

    def changes_before(self, source: Source, read: Read, is_loaded: bool = False) -> bool:
        """Whether what was loaded may be no longer so, or not be loaded any more, when it is read. is_loaded: whether
        the code itself loads it with the query."""
        relationship = self.mapping.classes[read.cls].relationships.get(read.attr)
        is_kept = is_loaded and self.changes.types.keeps
        changes = (
            relationship is not None
            and not is_kept
            and (self.changes.between(source, relationship) or self.changes.is_flushed_by_read(source, relationship))
        )
        names = (*source.path, *read.path, read.attr)
        if changes or self.changes.moves_below(source, names, is_kept) or self.changes.is_reloaded_without(source):
            return True
        return self.is_left_out(source, read)

    def is_left_out(self, source: Source, read: Read) -> bool:
        """Whether the object that is read may be expired, or new: no option and no mapping serves it."""
        names = (*source.path, *read.path, read.attr)
        if self.changes.leads_back(source, names):
            return False
        return self.changes.is_expired_below(source, names) or self.changes.is_new_below(source, names)

    def _chain(self, source: Source, read: Read) -> tuple[Link, ...] | None:
        """() when the query has the option already."""
        if not _is_plain(source):
            return None
        owner, links = source.root, []
        before: Relationship | None = None
        names = (*source.path, *read.path, read.attr)
        for number, name in enumerate(names):
            mapped = self.mapping.get(owner)
            relationship = mapped.relationships.get(name) if mapped is not None else None
            how = _written(source, mapped.cls, name, self.mapping) if mapped is not None else None
            if mapped is not None and mapped.late.get(name) == "deferred" and how == "selectinload":
                return (*links, Link("undefer", owner, name)) if number == len(names) - 1 else None
            if relationship is None or mapped is None or relationship.lazy in ("dynamic", "write_only"):
                return None
            if how is None or not (owner == source.root or self._is_importable(source.function.file, mapped.cls)):
                return None
            last = number == len(names) - 1
            # Back along a collection: the parent is in the identity map, and no SQL is needed.
            known = (
                before is not None and self.mapping.is_way_back(before, relationship) and is_owner_held(source, read)
            )
            if last and (how == "defaultload" or known):
                return ()
            links.append(Link(how, owner, name, last and read.recursive))
            owner, before = relationship.target, relationship
        return tuple(links)

    def add(self, source: Source, chain: tuple[Link, ...], read: Read) -> None:
        """Wants an option on a query, for a read."""
        self.wanted.setdefault(source.node.id, (source, {}))[1].setdefault(chain, []).append(read)

    def edits(self) -> list[tuple[File, Edit]]:
        """The options and the imports that they need; none for reads whose functions all stay."""
        found: dict[tuple[str, Edit], File] = {}
        for source, wanted in self.wanted.values():
            file = source.function.file
            chains = [chain for chain, reads in wanted.items() if not all(map(self.context.is_dropped, reads))]
            if not chains:
                continue
            whole = [chain for chain in chains if not any(other[: len(chain)] == chain != other for other in chains)]
            code = tuple(self._code(source, chain) for chain in sorted(whole, key=_names))
            edits: list[Edit] = [LoadOptions(span=span_of(source.node), options=code, reason=WHY)]
            for chain in whole:
                edits += [item for link in chain for item in self._imports(source, link, link is chain[0])]
            found.update(((file.source.relative, edit), file) for edit in edits)
        return [(file, edit) for (_, edit), file in found.items()]

    def _code(self, source: Source, chain: tuple[Link, ...]) -> str:
        steps = []
        for link in chain:
            depth = ", recursion_depth=-1" if link.recursive else ""
            steps.append(f"{link.how}({self._name(source, link.owner)}.{link.attr}{depth})")
        return ".".join(steps)

    def _name(self, source: Source, cls_id: str) -> str:
        """How the file that has the query writes a class."""
        file, cls = source.function.file, self.mapping.classes[cls_id].cls
        if cls_id == source.root:
            return text_of(source.entity)
        if self.mapping.names.find(file, cls.name) is cls and self._is_known(file, cls):
            return cls.name
        first = text_of(source.entity).rpartition(".")[0]
        if first and self.mapping.names.imported(file, f"{first}.{cls.name}", set()) is cls:
            return f"{first}.{cls.name}"
        return cls.name

    def _is_known(self, file: File, cls: Class) -> bool:
        """Whether the name stands in the file itself: by definition or import at the top."""
        own = cls.file is file
        return own or any(item.local == cls.name and _is_top(item.statement) for item in file.imports)

    def _imports(self, source: Source, link: Link, first: bool) -> list[Edit]:
        file, cls = source.function.file, self.mapping.classes[link.owner].cls
        edits: list[Edit] = []
        if first and not any(item.local == link.how and _is_top(item.statement) for item in file.imports):
            edits.append(AddImport(span=(0, 0), module="sqlalchemy.orm", name=link.how, reason=WHY))
        if self._name(source, link.owner) == cls.name and not self._is_known(file, cls):
            edits.append(AddImport(span=(0, 0), module=self._module(file, cls), name=cls.name, reason=WHY))
        return edits

    def _module(self, file: File, cls: Class) -> str:
        """The module to import a class from: one that the file imports others from, else its own."""
        names = self.mapping.names
        for item in file.imports:
            module = names.module(item.module, file, item.level) if item.module or item.level else None
            if module is not None and names.imported(module, cls.name, set()) is cls:
                return item.written
        return cls.file.module

    def _is_importable(self, file: File, cls: Class) -> bool:
        """Whether the file knows the class, or can import it without going in a circle."""
        return self._is_known(file, cls) or not self.mapping.names.leads_to(cls.file, file)


def _names(chain: tuple[Link, ...]) -> list[str]:
    return [link.attr for link in chain]


def _is_top(statement: Node) -> bool:
    return statement.parent is not None and statement.parent.type == "module"


def _is_plain(source: Source) -> bool:
    """Whether the query stays one for its entity, as far as the functions tell that it goes through."""
    functions = {segment.function.id: segment.function for segment in source.segments}
    functions[source.function.id] = source.function
    return not any(_is_other(call) for function in functions.values() for call in function.calls)


def _is_other(call: Call) -> bool:
    name = last_name(call.node)
    loose = name == "options" and any(item.type not in ("call", "comment") for item in call.arguments)
    return name in OTHER or loose


def _written(source: Source, cls: Class, attr: str, mapping: Mapping) -> str | None:
    """ "selectinload", or "defaultload" where the query loads the attribute already; None when that is not certain."""
    pattern = option_pattern(source.function.file, cls, attr, mapping)
    if not pattern.search(text_of(source.function.node)):
        return "selectinload"
    return "defaultload" if pattern.search(text_of(_whole_chain(source.node))) else None


def _whole_chain(node: Node) -> Node:
    """The chain of methods that begins with a call."""
    while node.parent is not None and node.parent.type == "attribute" and node.parent.parent is not None:
        call = node.parent.parent
        if call.type != "call" or node.parent.child_by_field_name("object") != node:
            break
        node = call
    return node
