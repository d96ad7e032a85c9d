"""The options that several commands share, and their way into Settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

PathArgument = Annotated[Path, typer.Argument(metavar="[PATH]", help="The project's folder.", show_default="here")]
Router = Annotated[list[str] | None, typer.Option("--router", help="Only this router: file or name. Repeatable.")]
Route = Annotated[list[str] | None, typer.Option("--route", help='Only this route: "GET /path". Repeatable.')]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="Leave these files: gitignore pattern.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write the report and plan.json there.")]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the plan as JSON; - is stdout.")]
Diff = Annotated[bool, typer.Option("--diff", help="A unified diff on stdout, and nothing else there.")]
Python = Annotated[Path | None, typer.Option("--python", help="The project's own Python, or its environment.")]
Driver = Annotated[str | None, typer.Option("--driver", help="psycopg, asyncpg, aiosqlite or aiomysql.")]
Bridge = Annotated[str | None, typer.Option("--bridge", help="to_thread or run_in_threadpool.")]
Aws = Annotated[str | None, typer.Option("--aws", help="aioboto3, aiobotocore or to_thread.")]
Http = Annotated[str | None, typer.Option("--http", help="httpx or to_thread.")]
ErrorTexts = Annotated[
    str | None, typer.Option("--http-error-texts", help="Texts of HTTP client errors: same or may-change.")
]
OnlyBridges = Annotated[str | None, typer.Option("--only-bridges", help="A route with bridges only: convert or leave.")]
KeepSync = Annotated[list[str] | None, typer.Option("--keep-sync", help="Function or file to keep sync. Repeatable.")]
Rules = Annotated[list[str] | None, typer.Option("--rules", help="Your own rule pack (TOML). Repeatable.")]
Tests = Annotated[bool | None, typer.Option("--tests/--no-tests", help="Convert the tests too.", show_default="yes")]


def setting_flags(options: dict[str, Any]) -> dict[str, Any]:
    """The settings among a command's options, under the names that Settings has. A list becomes a tuple."""
    names = ("exclude", "python", "driver", "bridge", "aws", "http", "http_error_texts", "only_bridges", "keep_sync")
    names += ("rules", "tests")
    flags = {name: options[name] for name in names} | {"routers": options["router"], "routes": options["route"]}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in flags.items()}
