"""Client objects of libraries that have an async form: where they are made, kept and used."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.knowledge.forms import Client, Form
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Class, File, Function

Perms = frozenset[str]
WAITING = ("await", "for", "comprehension", "with", "list", "join", "open")


@dataclass(frozen=True, slots=True)
class Holder:
    """Where a client is kept. kind: variable (of a module or, with function, a local one), parameter (of function),
    attribute (of cls), result (what function returns or yields)."""

    kind: str
    name: str
    file: File
    function: Function | None = None
    cls: Class | None = None

    @property
    def is_global(self) -> bool:
        """Whether it is a module's variable."""
        return self.kind == "variable" and self.function is None


@dataclass(frozen=True, slots=True)
class Seed:
    """A call that makes a client."""

    call: Call
    client: Client


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a client or of what comes from it.

    how: "await" (a method does I/O), "plain" (one that does not), "for" (a loop over node), "comprehension", "with"
    (node is entered), "list" (node is the call of `list`), "join" (node calls something else that reads it to its end),
    "lazy" (it is passed on and may be iterated there), "open" (node is a client that has to be opened), "stream" (an
    answer reads it later), "upload" (node is the file of an upload, which takes its place)."""

    how: str
    node: Node
    file: File
    function: Function | None
    call: Call | None = None
    form: Form | None = None
    result: Perms = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that means a holder."""

    holder: Holder
    node: Node
    file: File
    function: Function | None


@dataclass(eq=False)
class Component:
    """Clients that flow into the same places, and so change together or not at all. problem: why they cannot;
    user: what goes on using the sync ones; sessions: the calls whose variables clients are made of;
    is_entered: each client is a context manager around the rest of its block; mode: "" (not decided), "swap" (the async
    class takes the place), "twin" (async ones beside), "denied"."""

    seeds: list[Seed] = field(default_factory=list)
    holders: set[Holder] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    tracked: set[int] = field(default_factory=set)
    sessions: list[Call] = field(default_factory=list)
    problem: Reason | None = None
    mode: str = ""
    user: str = ""
    is_entered: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether an async form is possible so far."""
        return self.problem is None and self.mode != "denied"

    def waiting(self) -> list[Use]:
        """The uses that do I/O."""
        return [use for use in self.uses if use.how in WAITING]
