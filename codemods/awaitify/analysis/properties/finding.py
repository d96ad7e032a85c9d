"""Which properties become methods: those that wait, and that nothing reads but code whose reads are all known.

A read is a call from then on: what follows calls (who waits, who has to move, what stays) follows it too."""

from __future__ import annotations

import re
from collections import defaultdict

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.implicit import is_property
from awaitify.analysis.mapping.model import annotations_of, assigned
from awaitify.analysis.properties.owners import Owner
from awaitify.analysis.properties.reads import Read, reads_of
from awaitify.project.index import Call, Function, text_of

#: What reads attributes by names that are not written out.
BY_NAME = re.compile(
    rb"\b(jinja2|Jinja2Templates|mako|attrgetter|getmembers|create_model)\b|\bgetattr\(\s*[^,()]+(\([^()]*\))?,\s*(?![\"'])"
)
UNTOLD = {"Unknown", "Any", "object"}
BY_HAND = "make it a method by hand, and let its readers call it"


def forget_reads(effects: Effects) -> None:
    """Takes back what an earlier attempt made of reads."""
    for function in effects.resolution.within:
        function.calls[:] = [call for call in function.calls if not call.is_read]
    for calls in effects.resolution.callers.values():
        calls[:] = [call for call in calls if not call.is_read]


def find_properties(effects: Effects) -> None:
    """Notes for each property that waits why it stays one ("": it becomes a method), and makes calls of the reads of
    those that do not."""
    waiting = {callee for items in effects.implicit.values() for item in items for callee in item.callees}
    for function in sorted((item for item in waiting if is_property(item)), key=lambda item: item.id):
        owner = Owner(function.cls, effects.resolution) if function.cls is not None else None
        problem = _of_itself(function, owner)
        if owner is not None and not problem:
            reads = list(reads_of(function.name, effects.resolution))
            problem = _of_readers(function, reads, owner, effects)
            if not problem:
                _link(function, [read for read in reads if function in read.meant], effects)
        effects.properties[function] = problem


def _of_itself(function: Function, owner: Owner | None) -> str:
    """What in a property and its classes stands against a method; "" when nothing does."""
    if owner is None or [text_of(item) for item in function.decorators] != ["@property"]:
        return "it is no plain property of a class"
    if function.is_generator or function.is_async or len(function.params) != 1:
        return "it gives more than a value"
    return owner.problem(function.name, function)


def _of_readers(function: Function, reads: list[Read], owner: Owner, effects: Effects) -> str:
    """Why the readers of a property cannot await it; "" when they can."""
    own = [read for read in reads if function in read.meant]
    for read in own:
        if problem := _of_read(read, function, owner):
            return f"{problem} ({read.file.source.relative}:{read.node.start_point[0] + 1})"
    if any(effects.resolution.callers.get(function, ())):
        return "it is called where it is read"
    if any(function in others for others in effects.resolution.overrides.values()):
        return "it stands for a member of a protocol"
    if _may_be_mapped(own, effects):
        return "it gives objects of a session, or nobody knows what"
    return _hidden_reader(function, reads, owner, effects.resolution)


def _of_read(read: Read, function: Function, owner: Owner) -> str:
    if read.file.is_test:
        return "a test reads it"
    if read.function is None or read.node.type != "attribute" or read.answers != 1:
        return "it is read where nothing can be awaited, or where it may be something else"
    if read.is_called:
        return "it is called where it is read"
    if read.is_set:
        return "it is given a value"
    receiver = read.receiver
    if receiver is not None and text_of(receiver).rpartition(".")[2] in {cls.name for cls in owner.heirs}:
        return "it is read from the class"
    return ""


def _may_be_mapped(reads: list[Read], effects: Effects) -> bool:
    """Whether the type of what the property gives has a mapped class in it, or says nothing: what its readers would
    load lazily is followed through calls only."""
    names = {mapped.cls.name for mapped in effects.mapping.classes.values()}
    texts = {effects.resolution.hover(read.file, read.node) for read in reads} if names else set[str]()
    return any(not text or (names | UNTOLD).intersection(re.findall(r"\w+", text)) for text in texts)


def _hidden_reader(function: Function, reads: list[Read], owner: Owner, resolution: Resolution) -> str:
    """What may read the property by its name although no read shows it: tests that patch it, and for objects that the
    project hands about, code that gets the name as a string, schemas, templates and what nobody knows."""
    name = function.name
    word = re.escape(name.encode())
    quoted = re.compile(rb"[\"'](?:[\w.]*\.)?" + word + rb"[\"']")
    patched = re.compile(rb"[\"'][\w.]+\." + word + rb"[\"']|(attr|patch\.object)\([^)]*[\"']" + word + rb"[\"']")
    for file in resolution.project.files:
        if (patched if owner.is_private else quoted).search(file.source.text):
            return f"its name stands in a string ({file.source.relative})"
    unknown = next((read for read in reads if not read.answers and _may_mean(read, owner)), None)
    if unknown is not None:
        line = unknown.node.start_point[0] + 1
        return f"what reads {name} is not known everywhere ({unknown.file.source.relative}:{line})"
    return "" if owner.is_private else _by_name(name, owner, resolution)


def _may_mean(read: Read, owner: Owner) -> bool:
    """Whether a read that nobody knows may be one of the property: of a private object, only in its own classes."""
    if not owner.is_private:
        return True
    start = read.node.start_byte
    inside = (cls for cls in owner.relatives if cls.file is read.file)
    return any(cls.node.start_byte <= start < cls.node.end_byte for cls in inside)


def _by_name(name: str, owner: Owner, resolution: Resolution) -> str:
    """What may read an object that is handed about by the names of its attributes."""
    facts = resolution.facts
    named = {word for text in (*facts.params.values(), *facts.results.values()) for word in re.findall(r"[\w.]+", text)}
    if named.intersection(cls.id for cls in owner.heirs):
        return "its objects reach code without annotations"
    given = re.compile(rb"\b" + re.escape(name.encode()) + rb"\s*=(?!=)")
    for file in resolution.project.files:
        if file.is_test and given.search(file.source.text):
            return f"a test gives something its name ({file.source.relative})"
        for cls in file.classes:
            if cls not in owner.relatives and (name in assigned(cls) or name in annotations_of(cls)):
                return f"{cls.id} has a field of its name, and schemas read objects by name"
        if BY_NAME.search(file.source.text):
            return f"objects may be read by name ({file.source.relative})"
    return ""


def _link(function: Function, reads: list[Read], effects: Effects) -> None:
    """Makes calls of the reads."""
    homes: dict[Function, list[Read]] = defaultdict(list)
    for read in reads:
        assert read.function is not None
        homes[read.function].append(read)
    for home, found in homes.items():
        kept = [item for item in effects.implicit.get(home, []) if function not in item.callees]
        effects.implicit[home] = kept
        for read in found:
            call = Call(read.node, read.file, home, read.in_lambda)
            effects.by_call[call] = Effect("project", call, function.id, (function,))
            effects.resolution.callers[function].append(call)
            home.calls.append(call)
        home.calls.sort(key=lambda call: (call.node.start_byte, -call.node.end_byte))
