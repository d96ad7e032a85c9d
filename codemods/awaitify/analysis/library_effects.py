"""What calls of libraries do: methods of sessions, calls that a rule knows, and what merely might block."""

from __future__ import annotations

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.knowledge.forms import Form
from awaitify.analysis.knowledge.library_facts import Fact
from awaitify.analysis.plain_sessions import TYPED
from awaitify.analysis.sessions.calls import SESSION_CLASSES, legacy_effect, session_argument, session_effect
from awaitify.analysis.unseen_sessions import UNSEEN, takes_statement
from awaitify.project.index import Call, text_of
from awaitify.resolve.model import Target

#: What a rule's kind of call becomes.
KINDS = {
    "blocks": "bridge", "cpu": "bridge", "harmless": "harmless", "builder": "harmless", "async": "async",
    "hands_off": "hands-off", "session": "refused", "connection": "refused",
}  # fmt: skip


def library_effect(call: Call, target: Target, effects: Effects) -> Effect:
    """What a call of a library's function or class does, by the rules about it, else by its source."""
    legacy = legacy_effect(call, target) if effects.knowledge.is_before(TYPED) else None
    known = legacy or session_effect(call, target)
    if known is not None:
        return Effect(known[0], call, known[1], (), effects.knowledge.fact(target.name))
    receiver = _receiver(call, target, effects)
    fact = effects.knowledge.fact(target.name, target.path, target.offset, **receiver)
    if not receiver and _is_awaited(call) and effects.knowledge.depends_on_receiver(target.name):
        return Effect("async", call, target.name, (), fact)
    if not _holds(call, fact, effects):
        return Effect("harmless", call, target.name)
    form, why = effects.knowledge.form(target.name), ""
    if form is not None and form.is_free and fact.kind in ("blocks", "cpu", "session"):
        why = _problem(call, target, form, effects)
        if not why and (fact.kind != "session" or _starts_with_session(call, effects)):
            return Effect("session" if fact.kind == "session" else "native", call, target.name, (), fact)
    kind = KINDS.get(fact.kind) or ("unclassified" if takes_session(call, effects) else "bridge")
    if kind == "bridge" and not fact.is_ruled and takes_statement(call, effects.resolution):
        return Effect("escapes", call, target.name, (), fact, UNSEEN)
    return Effect(kind, call, target.name, (), fact, why)


def _holds(call: Call, fact: Fact, effects: Effects) -> bool:
    """Whether the arguments of a call are such that what is known of it holds (`json.load` of a file, of a BytesIO)."""
    if not fact.arguments and not fact.unless:
        return True
    names = {name for node in call.arguments for name in effects.resolution.class_names(call.file, node)}
    made = [effects.resolution.call_at(call.file, node) for node in call.arguments if node.type == "call"]
    targets = [target for inner in made if inner is not None for target in effects.resolution.targets.get(inner, ())]
    names |= {target.name.removesuffix(".__init__").removesuffix(".__new__") for target in targets}
    return not names & set(fact.unless) and (not fact.arguments or bool(names & set(fact.arguments)))


def _is_awaited(call: Call) -> bool:
    """Whether the code awaits what a call gives: of the classes that share a definition, it is the async one."""
    return call.node.parent is not None and call.node.parent.type == "await"


def _problem(call: Call, target: Target, form: Form, effects: Effects) -> str:
    """What stands against the form of a call that needs no other object; empty for nothing."""
    refused = next((word for word in _keywords(call) if word in form.refuse), "")
    if refused:
        return f"{refused}= has another meaning in its async form"
    if form.through and not _has_client(call):
        return "a part of its client is kept elsewhere"
    if form.through and effects.mentioned(target.name.rpartition(".")[2]):
        return "the tests stand in for it"
    if form.generated:
        return effects.fakes.problem(target.name, call)
    patched = call.function is not None and effects.patched(form.rename or target.name, call)
    return "the tests replace it" if patched else ""


def _has_client(call: Call) -> bool:
    """Whether a call is written out as `client.part.method(...)`."""
    part = call.callee.child_by_field_name("object")
    return part is not None and part.type == "attribute"


def _keywords(call: Call) -> list[str]:
    return [text_of(node.named_children[0]) for node in call.arguments if node.type == "keyword_argument"]


def takes_session(call: Call, effects: Effects) -> bool:
    """Whether a session flows into a call that nothing is known of."""
    return any(effects.resolution.class_names(call.file, node) & set(SESSION_CLASSES) for node in call.arguments)


def _starts_with_session(call: Call, effects: Effects) -> bool:
    """Whether the first argument of a library's function is a session, or a query whose session is known."""
    if call.function is not None and call.node.id in effects.queries[call.function].passes:
        return True
    first = session_argument(call)
    return first is not None and bool(effects.resolution.class_names(call.file, first) & set(SESSION_CLASSES))


def _receiver(call: Call, target: Target, effects: Effects) -> dict[str, str]:
    """The class of what a method is called on, where that decides (`read` of a file or of a BytesIO)."""
    node = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
    if node is None or not effects.knowledge.depends_on_receiver(target.name):
        return {}
    found = effects.resolution.classes(call.file, [node])[0]
    names = sorted(item.name for item in found if item.kind != "function")  # of a call: what it calls, not its result
    return {"receiver": names[0]} if names else {}
