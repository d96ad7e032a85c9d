"""Objects that were loaded in part: columns that a query leaves out, and those of a subclass of what it selects."""

from __future__ import annotations

from awaitify.analysis.loading.names import keyword, last_name, string_value, walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.loading.trace import Tracer
from awaitify.analysis.mapping.model import MappedClass, Mapping, assigned
from awaitify.analysis.mapping.relationships import value_in_dict
from awaitify.project.index import Call, Project, text_of

WHOLE = ("with_polymorphic", "selectin_polymorphic", "undefer", "of_type")


class Partial:
    """left_out: class -> column -> the `load_only` and `defer` calls that leave it out; late: class -> the columns
    that only it and its subclasses have, which a query for a base does not load."""

    def __init__(self, project: Project, mapping: Mapping):
        self.mapping = mapping
        self.left_out: dict[str, dict[str, list[Call]]] = {}
        self.late: dict[str, set[str]] = {}
        for call in (call for file in project.files if not file.is_test for call in file.calls):
            if last_name(call.node) in ("load_only", "defer"):
                self._note(call)
        for mapped in mapping.classes.values():
            if len(mapped.lineage) > 1 and not _is_inline(mapped):
                names = (assigned(mapped.cls).keys() & mapped.columns) - mapped.keys
                above = [mapping.classes[name].columns for name in mapped.lineage if name != mapped.cls.id]
                self.late[mapped.cls.id] = names - set[str]().union(*above)
        mapping.subclass_columns = {name: cls for cls, names in self.late.items() for name in sorted(names)}

    def _note(self, call: Call) -> None:
        """One call: what it names is kept (load_only) or left out (defer)."""
        named: dict[str, set[str]] = {}
        for argument in call.arguments:
            owner, _, attr = text_of(argument).rpartition(".")
            cls = self.mapping.names.find(call.file, owner)
            if cls is not None and cls.id in self.mapping.classes:
                named.setdefault(cls.id, set()).add(attr)
        for cls_id, attrs in named.items():
            mapped = self.mapping.classes[cls_id]
            missing = attrs if last_name(call.node) == "defer" else mapped.columns - attrs - mapped.keys
            for attr in missing:
                self.left_out.setdefault(cls_id, {}).setdefault(attr, []).append(call)

    def names(self) -> set[str]:
        """The attributes that are worth a look."""
        return {name for group in (*self.left_out.values(), *self.late.values()) for name in group}

    def judge(self, read: Read, tracer: Tracer) -> str | None:
        """Why a read is refused; None when the object has the column."""
        if read.receiver is None:
            return None
        calls = self.left_out.get(read.cls, {}).get(read.attr, [])
        is_late = read.attr in self.late.get(read.cls, ())
        if not calls and not is_late:
            return None
        name = f"{self.mapping.classes[read.cls].cls.name}.{read.attr}"
        sources = tracer.sources(read.function, read.receiver, entity=read.row)
        if any(_is_in(call, source) for call in calls for source in sources):
            return f"{name} is a column that the query leaves out"
        if is_late and any(self._is_of_base(source, read) for source in sources):
            return f"{name} is a column of a subclass, which a query for its base does not load"
        return None

    def _is_of_base(self, source: Source, read: Read) -> bool:
        if source.kind not in ("query", "get"):
            return False
        cls = source.root
        for name in (*source.path, *read.path):
            relationship = self.mapping.classes[cls].relationships.get(name)
            if relationship is None:
                return False
            cls = relationship.target
        loads_all = any(word in text_of(source.function.node) for word in WHOLE)
        return read.cls not in self.mapping.classes[cls].lineage and not loads_all


def _is_in(call: Call, source: Source) -> bool:
    return source.kind == "query" and call.file is source.function.file and call.function is source.function


def _is_inline(mapped: MappedClass) -> bool:
    """Whether a query for a base loads the subclass's columns."""
    for node in walk(mapped.cls.node):
        value = value_in_dict(node, "polymorphic_load") if node.type == "dictionary" else None
        if string_value(value or keyword(node, "polymorphic_load")) in ("inline", "selectin"):
            return True
    return False
