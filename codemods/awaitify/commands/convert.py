"""A LibCST command that carries out a saved plan, file by file: for teams whose codemods all run under LibCST.

`python -m libcst.tool codemod convert.ConvertCommand --plan plan.json --project . app/`
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from awaitify.carrying import carry_out
from awaitify.errors import AwaitifyError
from awaitify.plan_model import ProjectPlan, plan_from_json


class ConvertCommand(CodemodCommand):
    """Changes the files that the plan names, each as `awaitify apply` would; no other and no new ones."""

    DESCRIPTION = "Carries out a plan of awaitify (`awaitify plan --json plan.json`) on the given files."

    def __init__(self, context: CodemodContext, plan: str, project: str = ".") -> None:
        super().__init__(context)
        self.root = Path(project).resolve()
        self.plan = _read_plan(Path(plan))

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """The options that the command adds to LibCST's own."""
        arg_parser.add_argument("--plan", required=True, metavar="FILE", help="the saved plan")
        arg_parser.add_argument("--project", default=".", metavar="DIR", help="the planned folder; default: here")

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The converted module. Raises RefusedError when the file is not the one that was planned."""
        relative = self._relative()
        files = tuple(item for item in self.plan.files if item.path == relative)
        if not files:
            return tree
        after = carry_out(self.root, replace(self.plan, files=files, texts=())).after
        return cst.parse_module(after[relative]) if relative in after else tree

    def _relative(self) -> str:
        name = self.context.filename
        if name is None or not Path(name).resolve().is_relative_to(self.root):
            return ""
        return Path(name).resolve().relative_to(self.root).as_posix()


def _read_plan(file: Path) -> ProjectPlan:
    try:
        return plan_from_json(file.read_text("utf-8"))
    except OSError as error:
        raise AwaitifyError(f"{file}: cannot be read ({error.strerror}); give the one of `plan --json`") from error
    except (ValueError, KeyError, TypeError) as error:
        raise AwaitifyError(f"{file}: is not a plan of this awaitify; make it again with `plan --json`") from error
