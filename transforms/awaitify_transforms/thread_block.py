"""A block over a blocking resource becomes a nested function that runs in a thread, once.

Why: every read and write of the block blocks; one bridge around it costs less than one for each, and stays in order.

Before:

    with open(path) as file:
        text = file.read()

After, with the name `read_text`, the runner `asyncio.to_thread` and the output `text`:

    def read_text():
        with open(path) as file:
            text = file.read()
        return text

    text = await asyncio.to_thread(read_text)

A block that ends the function gives what it returns: `return await asyncio.to_thread(read_text)`. Names that the
function binds outside of the block too are `nonlocal` in the new function.

It will not take a block that awaits, yields, or leaves a loop around it, one with `global` or `nonlocal`, nor one that
reads a name before it binds it (in a function of its own that name would have no value yet).
"""

from __future__ import annotations

import ast

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import ThreadBlock
from awaitify_transforms.statements import Statements, blank_lines, parse_statements

NODES = (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.BaseCompoundStatement)

PROBLEMS: dict[type[ast.AST], str] = {
    ast.Await: "awaits",
    ast.AsyncFor: "awaits",
    ast.AsyncWith: "awaits",
    ast.Yield: "yields",
    ast.YieldFrom: "yields",
    ast.Return: "returns",
    ast.Global: "has a global",
    ast.Nonlocal: "has a nonlocal",
}


def apply(statements: Statements, edit: ThreadBlock, context: Context) -> Statements:
    """Raises TransformError for a block that cannot move into a function."""
    (block,) = statements
    bound = _check(context.source.code(block), edit).bound
    missing = [name for name in edit.outputs if name not in bound]
    if missing:
        raise TransformError(f"the block does not bind {', '.join(missing)}")
    outputs = ", ".join(edit.outputs)
    shared = f"    nonlocal {', '.join(edit.shared)}\n" if edit.shared else ""
    code = f"def {edit.name}():\n{shared}    pass\n" + (f"    return {outputs}\n" if outputs else "")
    code += f"    {edit.tail}\n" if edit.tail else ""
    start = "return " if edit.returns else f"{outputs} = " if outputs else ""
    code += f"\n{start}await {edit.runner}({edit.name})"
    function, call = parse_statements(code, context.source)
    assert isinstance(function, cst.FunctionDef)
    leading, attached = blank_lines(block)
    if edit.gap and not leading:
        leading = [cst.EmptyLine(indent=False)]
    first = 1 if edit.shared else 0
    rest = function.body.body
    body = [*rest[:first], block.with_changes(leading_lines=attached), *rest[first + 1 :]]
    return [function.with_changes(body=cst.IndentedBlock(body=body), leading_lines=leading), call]


def _check(code: str, edit: ThreadBlock) -> _BlockCheck:
    """What the block's code reads and binds. Raises TransformError for what keeps it from becoming a function."""
    check = _BlockCheck(edit)
    try:
        check.visit(ast.parse(code))
    except SyntaxError:
        raise TransformError("this Python cannot read the block") from None
    if check.problem:
        raise TransformError(f"the block {check.problem}")
    return check


class _BlockCheck(ast.NodeVisitor):
    """Visits a block in the order of evaluation."""

    def __init__(self, edit: ThreadBlock) -> None:
        self.edit = edit
        self.problem = ""
        self.bound: set[str] = set()
        self.read: set[str] = set()
        self.loops = 0

    def generic_visit(self, node: ast.AST) -> None:
        if not (self.edit.returns and isinstance(node, ast.Return)):
            self.problem = self.problem or PROBLEMS.get(type(node), "")
        super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._bind(node.id) if isinstance(node.ctx, ast.Store) else self._read(node.id)

    def visit_Assign(self, node: ast.Assign | ast.NamedExpr) -> None:
        self.visit(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self.visit(target)

    visit_NamedExpr = visit_Assign

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._loop(node)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._loop(node)

    def _loop(self, node: ast.For | ast.While) -> None:
        self.loops += 1
        for statement in node.body:
            self.visit(statement)
        self.loops -= 1
        for statement in node.orelse:
            self.visit(statement)

    def visit_Break(self, node: ast.Break | ast.Continue) -> None:
        if not self.loops:
            self.problem = self.problem or "leaves a loop around it"

    visit_Continue = visit_Break

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        """A scope of its own: what it reads it may read at once, what it binds and returns is its own affair."""
        self._inner(node)
        self._bind(node.name)

    visit_ClassDef = visit_FunctionDef

    def _inner(self, node: ast.AST) -> None:
        names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        own = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
        own |= {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
        for name in names:
            if name.id not in own:
                self._read(name.id)
        if any(isinstance(inner, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for inner in ast.walk(node)):
            self.problem = self.problem or "awaits"

    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _inner

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self._bind(node.asname or node.name.partition(".")[0])

    def _read(self, name: str) -> None:
        if name not in self.bound:
            self.read.add(name)

    def _bind(self, name: str) -> None:
        if name in self.read and name not in self.edit.shared:
            self.problem = self.problem or f"reads {name} before it binds it"
        self.bound.add(name)
