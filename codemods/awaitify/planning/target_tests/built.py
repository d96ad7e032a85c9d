"""Overrides that build an object of the app on a session of the tests build it on an async one.

`overrides[get_service] = lambda: Service(Items(session))` -> a function that opens an async session beside, and yields
`Service(Items(async_session))`
"""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceExpression, ReplaceStatement

from awaitify.analysis.target_tests.built import Built
from awaitify.planning.draft import NotTwinned
from awaitify.planning.target_tests.functions import beside_session, built_code, leaves_open, own_session
from awaitify.planning.target_tests.mocks import SESSION
from awaitify.planning.target_tests.overrides import OverridePlanner
from awaitify.project.index import Function, span_of, text_of

OTHERWISE = "tests build this object on their session in a way that is not followed"


@dataclass(eq=False)
class BuiltPlanner:
    """Plans them. overrides: the plan of the other ones, whose helper they share."""

    overrides: OverridePlanner
    _found: list[Built] = field(default_factory=list)
    _seen: set[Function] = field(default_factory=set)
    _faced: set[int] = field(default_factory=set)

    def plan(self) -> None:
        """Plans those that override what moves."""
        objects, colours = self.overrides.colouring.objects, self.overrides.colouring.colours
        self._found = objects.built.found if objects.built is not None else []
        for item in self._found:
            made = {callee.cls for call in item.calls for callee in objects.resolution.functions(call)}
            if objects.carries(item.provider) and made.isdisjoint(colours.doubles):
                self.overrides.provider = item.provider
                self._plan(item)

    def _plan(self, item: Built) -> None:
        place = (item.file, item.function.node if item.function is not None else item.sessions[0])
        if item.origin.kind == "fake":
            self._face(item)
            return
        if item.function in self._seen or not self.overrides.keeps_apart([item.origin], item.function, *place):
            return
        if item.function is None:
            self._lambda(item)
        else:
            self._seen.add(item.function)
            self._function(item, item.function)
        self.overrides.move_memory([item.origin])

    def _face(self, item: Built) -> None:
        """The app works on the async face of a mock, which stays the test's own."""
        mocks = self.overrides.mocks
        helper, mocks.has_sessions = mocks.use(item.file, SESSION), True
        for node in item.sessions:
            code = ReplaceExpression(span=span_of(node), code=f"{helper}({text_of(node)})")
            if node.id not in self._faced:
                self.overrides.draft.add(item.file, code)
            self._faced.add(node.id)

    def _lambda(self, item: Built) -> None:
        draft, key = self.overrides.draft, item.key
        assert key.value is not None
        name, body = f"override_{item.provider.name.strip('_')}", key.value.child_by_field_name("body")
        if item.provider.cls is not None and item.provider.name == "__init__":
            name = f"override_{item.provider.cls.name.lower()}"
        assert body is not None
        opened, code = self._opened(item), built_code(item, body)
        lines = f"    async with {opened} as async_session:\n        yield {code}\n"
        draft.add(
            key.file, InsertCode(span=span_of(key.statement), where="before", code=f"async def {name}():\n{lines}")
        )
        draft.add(key.file, ReplaceExpression(span=span_of(key.value), code=name))
        for statement in item.statements:
            draft.add(key.file, ReplaceStatement(span=span_of(statement)))

    def _function(self, item: Built, function: Function) -> None:
        code, draft = None, self.overrides.draft
        if not self.overrides.values.is_used(function, [other.key for other in self._found]):
            code = own_session(function, function.name, self.overrides.sessions) if item.opens else self._beside(item)
        if code is None:
            self.overrides.refuse("test-override", OTHERWISE, function.file, function.node)
            return
        draft.add(function.file, ReplaceStatement(span=span_of(function.outer), code=code))
        draft.forget(function.file, function.node)

    def _beside(self, item: Built) -> str | None:
        assert item.function is not None
        helper, options = self._helper(item)
        try:
            code = beside_session(item.function, item.function.name, helper, options, item)
        except NotTwinned:
            return None
        self._use(item)
        if item.function.node.child_by_field_name("return_type") is not None:
            self.overrides.helper.annotated(item.file)
        return code

    def _opened(self, item: Built) -> str:
        """The code that opens the async session."""
        helper, options = self._helper(item)
        self._use(item)
        return f"{helper}({text_of(item.sessions[0])}{options})"

    def _helper(self, item: Built) -> tuple[str, str]:
        override = item.function or item.sessions[0]
        return self.overrides.helper.keeping(leaves_open([item.origin], override, self.overrides.made))

    def _use(self, item: Built) -> None:
        node = item.function.outer if item.function is not None else item.key.statement
        self.overrides.helper.use(item.file, node, item.origin.files)
