"""How an async function may call one that stays sync: on the session's own greenlet, in a thread, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect
from awaitify.analysis.generators import reading_of
from awaitify.analysis.later import Later
from awaitify.analysis.pieces import has_mapped_argument, may_be_mapped
from awaitify.analysis.refusals import Refusals
from awaitify.analysis.scope import reached
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.params import holds_session
from awaitify.project.index import Call, File, Function, is_within, text_of

SESSION_KINDS = {"session", "terminal", "root", "opens", "iterate", "stays", "query", "remove"}
BLOCKING_KINDS = {
    "session", "terminal", "opens", "native", "bridge", "lazy", "reads", "escapes", "iterate", "refused", "remove",
}  # fmt: skip
THREAD_KINDS = {"bridge", "native", "lazy", "reads"}
MAKING = ("__init__", "__post_init__", "__new__")
LITERALS = ("string", "concatenated_string", "integer", "float", "true", "false", "none")
DISPLAYS = ("dictionary", "list", "set")
#: They read all of an iterator, and keep nothing of it.
READING = {"list", "tuple", "set", "frozenset", "sorted"}


def read_whole(call: Call) -> Node | None:
    """The call around this one that reads all of its result at once: `list(rows(db))`."""
    outer = call.node.parent.parent if call.node.parent is not None else None
    callee = outer.child_by_field_name("function") if outer is not None and outer.type == "call" else None
    arguments = outer.child_by_field_name("arguments") if outer is not None and outer.type == "call" else None
    if outer is None or callee is None or arguments is None or text_of(callee) not in READING:
        return None
    return outer if arguments.named_children == [call.node] else None


@dataclass(eq=False)
class Bridges:
    """Chooses runners. kinds: the kinds of effects of every function and of what it calls; plain: those that need a
    plain session or its engine."""

    resolution: Resolution
    refusals: Refusals
    kinds: dict[Function, set[str]]
    plain: set[Function]
    _mistyped: dict[File, set[int]] = field(default_factory=dict)
    _later: Later = field(init=False)

    def __post_init__(self) -> None:
        self._later = Later(self.resolution)

    def runner(self, function: Function, effect: Effect, stuck: list[Function]) -> str:
        """ "run_sync" (only the session it is given), "thread" (no session of the caller), or "" when it may not."""
        found = self._runner(function, effect, stuck)
        if found == "thread" and self._sets_context(effect):
            return ""
        late = [callee for callee in stuck if self._later.goes_on(callee)] if found else []
        if found == "thread" and all(self._later.is_streamed(effect.call, callee) for callee in late):
            return found
        return "" if late else found

    def _sets_context(self, effect: Effect) -> bool:
        """Whether a call sets a context variable: a thread sets it in a copy, which ends with the call."""
        names = {target.name for item in reached(effect, self.refusals.effects)
                 for target in self.resolution.targets.get(item.call, ())}  # fmt: skip
        return any(name.endswith("contextvars.ContextVar.set") for name in names)

    def _runner(self, function: Function, effect: Effect, stuck: list[Function]) -> str:
        if effect.call in self.refusals.effects.bridged:
            return "run_sync"
        if effect.kind == "schedules" or effect.call.is_read:
            return ""
        if any(callee.is_async for callee in stuck):
            return ""
        if any(callee.name.startswith("__") and not self._is_made(function, effect, callee) for callee in stuck):
            return ""
        is_read = all(callee.is_generator for callee in stuck) and read_whole(effect.call) is not None
        if any(callee.is_generator for callee in stuck) and not is_read:
            return ""
        if self.refusals.position_reason(effect, ("", 0)) is not None:
            return ""
        kinds = set[str]().union(*(self.kinds[callee] for callee in stuck))
        if "escapes" in kinds:
            return ""
        sessions = [node for node in effect.call.arguments if self.is_session(effect.call, node)]
        if sessions:
            blocks = kinds & (THREAD_KINDS | {"unresolved", "unclassified", "opens"})
            blocks = blocks or any(callee in self.plain for callee in stuck)
            return "" if blocks or len(sessions) != 1 else "run_sync"
        touches_given_session = kinds & SESSION_KINDS and "opens" not in kinds
        is_of_object = any(self._is_of_mapped(callee) for callee in stuck)
        if touches_given_session or is_read or is_of_object or has_mapped_argument(effect.call, self.refusals.effects):
            return ""
        if kinds & {"unresolved", "unclassified"} and self._holds_session(effect.call):
            return ""
        if not kinds & (THREAD_KINDS | {"opens"}) and function.is_async:
            return ""
        return "thread"

    def _holds_session(self, call: Call) -> bool:
        """Whether an object that holds a session is handed on: what is not known may call its methods."""
        names = {
            name.partition("[")[0] for node in call.arguments for name in self.resolution.class_names(call.file, node)
        }
        classes = (self.resolution.project.classes.get(name) for name in names)
        return any(cls is not None and holds_session(cls, self.resolution) for cls in classes)

    def is_streamed(self, effect: Effect, stuck: list[Function]) -> bool:
        """Whether a call only makes generators, which a response reads in threads, and hands no session to them."""
        call, effects = effect.call, self.refusals.effects
        reading = reading_of(call, effects) if all(callee.is_generator for callee in stuck) else None
        works = any(self.kinds[callee] & SESSION_KINDS for callee in stuck)
        is_given = any(self.is_session(call, node) for node in call.arguments) or has_mapped_argument(call, effects)
        return reading is not None and reading.how == "stream" and not works and not is_given

    def _is_made(self, function: Function, effect: Effect, callee: Function) -> bool:
        """Whether a call makes an object that may be made in another thread, as the whole of a sync route was: an
        exception as it is raised, or one whose constructor is known through and through and keeps nothing of its
        thread."""
        has_session = self.kinds[callee] & SESSION_KINDS or any(
            self.is_session(effect.call, node) for node in effect.call.arguments
        )
        if callee.name not in MAKING or function.is_async or has_session:
            return False
        around = effect.call.node.parent
        if around is not None and around.type == "raise_statement":
            return True
        inside = reached(effect, self.refusals.effects)
        is_bound = any(item.fact is not None and item.fact.one_thread for item in inside)
        return not is_bound and not self.kinds[callee] & {"unresolved", "unclassified", "escapes"}

    def known_blocking(self, functions: list[Function]) -> bool:
        """Whether one of them blocks for certain."""
        return any(self.kinds[function] & BLOCKING_KINDS for function in functions)

    def is_session(self, call: Call, argument: Node) -> bool:
        """Whether an argument's value is a session."""
        return bool(self.resolution.class_names(call.file, argument) & set(SESSION_CLASSES))

    def gives_sqlmodel(self, call: Call) -> bool:
        """Whether a call passes SQLModel's session on. `run_sync` is annotated as giving SQLAlchemy's, so a function
        that wants SQLModel's is a type error there: better a twin, else a lambda."""
        found = [self.resolution.class_names(call.file, node) for node in call.arguments if self.is_session(call, node)]
        return any(name.startswith("sqlmodel.") for names in found for name in names)

    def gives_columns(self, call: Call) -> bool:
        """Whether a value is passed on that the type checker takes for a `Column`, as in models without `Mapped`: what
        it says of such an argument stays as it was in a lambda, and is new where `run_sync` passes it on."""
        values = [node.named_children[-1] if node.type == "keyword_argument" else node for node in call.arguments]
        found = [self.resolution.class_names(call.file, node) for node in values if node.type == "attribute"]
        return any(name.startswith("sqlalchemy.") and name.endswith(".Column") for names in found for name in names)

    def is_typed_by_callee(self, call: Call) -> bool:
        """Whether the checker words it otherwise, or says it anew, when `run_sync` passes the arguments on: of one that
        it does not accept, and of displays, whose type the parameter tells. What calls something stays outside."""
        values = [node.named_children[-1] if node.type == "keyword_argument" else node for node in call.arguments]
        inner = call.function.calls if call.function is not None else ()
        inner = [item for item in inner if any(is_within(item.node, node) for node in values)]
        if not all(map(self._is_quiet, inner)):
            return False
        if not inner and any(node.type in DISPLAYS and node.named_children for node in values):
            return True
        if all(node.type in LITERALS or self.is_session(call, node) for node in values):
            return False
        if call.file not in self._mistyped:
            found = self.resolution.oracle.diagnostics([call.file.path])
            self._mistyped[call.file] = {item.line for item in found if item.rule == "invalid-argument-type"}
        lines = range(call.node.start_point[0] + 1, call.node.end_point[0] + 2)
        return not self._mistyped[call.file].isdisjoint(lines)

    def _is_quiet(self, call: Call) -> bool:
        """Whether a call is neither awaited nor run in a thread afterwards."""
        effect = self.refusals.effects.by_call.get(call)
        if call.is_read or effect is None or effect.kind not in ("harmless", "project"):
            return False
        return not any(self.kinds[callee] - {"harmless"} for callee in effect.callees)

    def _is_of_mapped(self, callee: Function) -> bool:
        """Whether a method works on a mapped object."""
        mapping = self.refusals.effects.mapping
        plain = any("method" in text_of(item) for item in callee.decorators)  # static or of the class
        return callee.cls is not None and not plain and may_be_mapped(callee.cls.id, mapping)
