"""The target's tests follow: overrides of a provider that got an async twin get an async session of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceExpression, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.behind import functions_behind
from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.analysis.target_tests.keys import OverrideKey, find_keys, find_variable_keys
from awaitify.analysis.target_tests.trace import (
    Origin,
    Tracer,
    hands_over_sqlmodel,
    has_own_session_class,
    has_own_session_init,
)
from awaitify.plan_model import Reason
from awaitify.planning.alias_twins import is_finished_relay
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.listeners import has_heard_sessions
from awaitify.planning.made_variables import MadeVariables
from awaitify.planning.renaming import rename_function, twin_name
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.apart import not_apart
from awaitify.planning.target_tests.faked import faced_function, faced_lambda
from awaitify.planning.target_tests.functions import beside_session, leaves_open, own_session
from awaitify.planning.target_tests.helper import Helper
from awaitify.planning.target_tests.left_overrides import LeftOverrides
from awaitify.planning.target_tests.memory import move_to_file
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.planning.target_tests.override_values import OverrideValues
from awaitify.planning.target_tests.saved import Saved
from awaitify.planning.target_tests.second_keys import SecondKeys
from awaitify.planning.target_tests.transactions import ROLLED_BACK, Transactions
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, owner_of, span_of, text_of

FAKE = "tests hand over a fake session or a real one, as it comes; --no-tests converts all the same"
OWN_CLASS = "tests share a session of a class of the project that is made or commits in its own way"
UNKNOWN = "it is not known what this override hands over; it must become an AsyncSession"


@dataclass(eq=False)
class OverridePlanner:
    """Plans every override key of the tests. names: what became of an override function (None: it could not follow)."""

    colouring: Colouring
    draft: Draft
    sessions: Sessions
    moving: set[Function]
    mocks: Mocks
    variables: MadeVariables | None = None
    warnings: list[Reason] = field(default_factory=list)
    names: dict[Function, str | None] = field(default_factory=dict)
    refused: dict[Function, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.resolution = self.colouring.resolution
        self.tracer = Tracer(self.resolution, self.colouring.effects)
        self.transactions = Transactions(self.tracer, self.draft)
        self.made = {
            function: self.sessions.made[function.file, function.id]
            for function in self.colouring.colours.providers
            if (function.file, function.id) in self.sessions.made
        }
        self.mocks.is_sqlmodel = any(hands_over_sqlmodel(function, self.resolution) for function in self.made)
        self.values = OverrideValues(self.resolution, self.tracer, self.made)
        self.left = LeftOverrides(self.resolution, self.draft, self.values)
        self.helper = Helper(self.resolution.project, self.draft, self.sessions, self.mocks.is_sqlmodel)

    def plan(self) -> None:
        """Plans all keys; those of providers that sync functions still use keep their own and get a second one."""
        self.kept = {function for function in self.made if self._is_kept(function)}
        keys = find_keys(self.resolution, set(self.made))
        seconds = SecondKeys(self.draft, Saved(keys))
        for key in keys:
            self.provider = key.provider
            there = self.left.twin_of(key, self.made[key.provider])
            if there is not None:
                if key.provider not in self.kept:
                    self.left.finish(key, there)
                continue
            is_plain = key.value is None or bool(seconds.saved.splices(key)) or not self._gives_session(key.provider)
            value = None if is_plain else self._value(key)
            if key.provider in self.kept:
                seconds.add(key, value, self.made[key.provider])
                continue
            rename_function(key.file, key.node, self.made[key.provider], self.draft)
            if key.value is not None and value is not None and value != text_of(key.value):
                self._replace(key.file, key.value, value)
        self._twins()
        self._made()

    def _gives_session(self, provider: Function) -> bool:
        """Whether what a provider hands over is a session, not an object that keeps one."""
        return self.sessions.gives_sessions(provider)

    def _twins(self) -> None:
        """What overrides a dependency that got an async twin beside it overrides the twin as well."""
        colours = self.colouring.colours
        used = set[Function]().union(*self.colouring.entries.depends_on.values()) - colours.providers
        twins = {item for item in colours.twins.keys() & colours.asyncs & used if not item.file.is_test}
        keys = find_keys(self.resolution, twins)
        seconds = SecondKeys(self.draft, Saved(keys))
        for key in keys:
            if self.left.twin_of(key, twin_name(key.provider)) is None:
                value = self.mocks.copied.get(key.value.id) if key.value is not None else None
                seconds.add(key, value, twin_name(key.provider))
        copies = self.colouring.effects.copies
        for one in sorted(copies.keys() - twins, key=lambda item: item.id):
            if one in colours.asyncs or is_finished_relay(one, self.colouring):
                for key in find_keys(self.resolution, {one}, copies[one].name):
                    self.left.unname(key)

    def _made(self) -> None:
        """The same for variables with what a factory of dependencies made."""
        variables = self.variables
        for variable in variables.made if variables is not None else ():
            keys, there = (find_variable_keys(self.resolution, variable.made, *item) for item in variable.places())
            seconds, known = SecondKeys(self.draft, Saved(keys)), {key.statement.id for key in there}
            for key in keys:
                following = key.statement.next_named_sibling
                if following is None or following.id not in known:
                    seconds.add(key, None, variable.new)
        for variable in variables.gone if variables is not None else ():
            for key in find_variable_keys(self.resolution, variable.made, *variable.places()[1]):
                self.left.unname(key)

    def _is_kept(self, provider: Function) -> bool:
        """Whether something that stays sync still depends on the provider; the original of a twin does."""
        entries, gone = self.colouring.entries, self.moving - self.colouring.colours.twins.keys()
        aliased = [(owner, site) for owner, uses in entries.alias_uses.items() for site, _ in uses]
        owned = [(site.owner, site) for site in entries.sites if not site.alias]
        return any(
            site.target is provider and owner not in gone and not site.call.file.is_test
            for owner, site in owned + aliased
        )

    def _replace(self, file: File, node: Node, code: str) -> None:
        if node.type in ("identifier", "attribute"):
            rename_function(file, node, code.rpartition(".")[2], self.draft)
        else:
            self.draft.add(file, ReplaceExpression(span=span_of(node), code=outdented(node, code)))

    def _value(self, key: OverrideKey) -> str | None:
        """The code of what overrides the twin; None when what is there could not follow."""
        value = key.value
        assert value is not None
        while value.type == "parenthesized_expression" and value.named_children:
            value = value.named_children[0]
        owner = owner_of(key.file, value)
        if value.type == "lambda":
            return self._lambda(key, value, owner)
        functions = list(dict.fromkeys(functions_behind(self.tracer, key.file, value, owner)))
        if not functions and self.tracer.origin(key.file, value, owner).kind == "fake":
            return text_of(value)  # FastAPI asks for its *args, and never calls it
        if not functions:
            self._warn(UNKNOWN, key.file, value)
            return None
        results = [self._function(function, key.provider in self.kept) for function in functions]
        if any(name is None for name in results):
            return None
        is_direct = functions[0].name == text_of(value).rpartition(".")[2]
        return text_of(value)[: -len(functions[0].name)] + str(results[0]) if is_direct else text_of(value)

    def _function(self, function: Function, is_kept: bool) -> str | None:
        """The name of the override that hands over an async session: its own, or that of a twin beside it."""
        if function in self.names:
            return self.names[function]
        self.names[function] = None
        origins = [self.tracer.overriding(function.file, node, function) for node in handed_over(function)]
        place = (function.file, function.node)
        if not self._is_session(origins, *place) or not self.keeps_apart(origins, function, *place):
            return None
        is_twin = is_kept or self.values.is_used(function)
        name = async_name(function.name) if is_twin else function.name
        try:
            code = self._code(function, name, origins)
        except NotTwinned as problem:
            self.warnings.append(problem.reason)
            return None
        blank = "" if not is_twin else "\n\n" if function.outer.start_point[1] == 0 else "\n"
        self.draft.add(
            function.file,
            (InsertCode if is_twin else ReplaceStatement)(span=span_of(function.outer), code=blank + code),
        )
        if not is_twin:
            self.draft.forget(function.file, function.node)
        self.move_memory(origins)
        self.names[function] = name
        return name

    def _code(self, function: Function, name: str, origins: list[Origin]) -> str:
        if origins[0].kind == "fake":
            return faced_function(function, name, self.mocks)
        if all(origin.opener is function for origin in origins):
            code = own_session(function, name, self.sessions)
            if code is not None:
                return code
        code = beside_session(function, name, *self.helper.keeping(leaves_open(origins, function, self.made)))
        self.helper.use(function.file, function.outer, [file for origin in origins for file in origin.files])
        if function.node.child_by_field_name("return_type") is not None:
            self.helper.annotated(function.file)
        return code

    def _lambda(self, key: OverrideKey, value: Node, owner: Function | None) -> str | None:
        body = value.child_by_field_name("body")
        assert body is not None
        origin = self.tracer.overriding(key.file, body, owner)
        if origin.kind == "fake":
            return faced_lambda(key.file, value, body, self.mocks)
        if not self._is_session([origin], key.file, value) or not self.keeps_apart([origin], None, key.file, value):
            return None
        name = f"override_{self.made[key.provider]}"
        helper = self.helper.use(key.file, key.statement, origin.files)
        _, options = self.helper.keeping(leaves_open([origin], body, self.made))
        opened = f"    async with {helper}({text_of(body)}{options}) as async_session:\n        yield async_session\n"
        code = InsertCode(span=span_of(key.statement), where="before", code=f"async def {name}():\n{opened}")
        self.draft.add(key.file, code)
        self.move_memory([origin])
        return name

    def _is_session(self, origins: list[Origin], file: File, node: Node) -> bool:
        """Whether all are sessions; warns when not."""
        fakes = [origin.kind == "fake" for origin in origins]
        if any(fakes):
            if not all(fakes):
                self.refuse("test-fake", FAKE, file, node)
            return all(fakes)
        if not origins or any(origin.kind != "session" for origin in origins):
            self._warn(UNKNOWN, file, node)
            return False
        return True

    def refuse(self, rule: str, message: str, file: File, node: Node) -> None:
        """Tests that pass would no longer: the provider stays sync."""
        self.refused.setdefault(self.provider, Reason(rule, message, file.source.relative, node.start_point[0] + 1))

    def keeps_apart(self, origins: list[Origin], function: Function | None, file: File, node: Node) -> bool:
        """Whether what keeps the tests apart still does, once the app has connections of its own; plans what it takes.
        The provider must stay sync when it does not."""
        if origins[0].kind == "fake":
            return True
        opens = function is not None and all(origin.opener is function for origin in origins)
        if not opens and has_own_session_class(self.provider, self.resolution):
            if has_own_session_init(self.provider, self.resolution):
                self.refuse("test-session-class", OWN_CLASS, file, node)
                return False
            self.helper.keeps_class = True
        self.helper.keeps_class |= not opens and has_heard_sessions(self.resolution)
        problem = not_apart(origins, opens, self.made, self.draft)
        if problem is not None:
            self.refuse(*problem, file, node)
            return False
        around = [item for origin in origins for item in origin.rolled_back]
        if not around or (function not in around and self.transactions.replace(around)):
            return True
        self.refuse("test-transaction", ROLLED_BACK, file, node)
        return False

    def _warn(self, message: str, file: File, node: Node) -> None:
        self.warnings.append(Reason("test-override", message, file.source.relative, node.start_point[0] + 1))

    def move_memory(self, origins: list[Origin]) -> None:
        """In-memory databases behind the sessions become files."""
        for file in (file for origin in origins for file in origin.files):
            if file.is_test and move_to_file(file, self.draft):
                self.sessions.dialects.add("sqlite")
