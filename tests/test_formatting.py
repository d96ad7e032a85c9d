"""Black on touched statements that were stable; the project's own layout everywhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from awaitify.errors import AwaitifyError
from awaitify.formatting import BlackSettings, black_settings, format_touched, with_length

NARROW = BlackSettings(line_length=40)


def formatted(before: str, after: str, settings: BlackSettings = NARROW) -> str:
    return format_touched(dedent(before).encode(), dedent(after).encode(), settings).decode()


def test_stable_statement_is_wrapped() -> None:
    before = "def f():\n    x = load(first, second)\n    y = {'own':   1}\n"
    after = before.replace("load(first, second)", "await load(first, second_one_more)")
    wanted = before.replace("load(first, second)", "await load(\n        first, second_one_more\n    )")
    assert formatted(before, after) == wanted


def test_unstable_statement_keeps_its_layout() -> None:
    before = "def f():\n    x = load( first, second, third )\n"
    after = before.replace("load(", "await load(")
    assert formatted(before, after) == after


def test_heads_of_compound_statements_and_decorators() -> None:
    before = """\
        @dec(aaaaaaaaa, bbbbbbbbbb, ccccccccccc)
        def f(aaaaaaaaaa, bbbbbbbbbb, cccccccc):
            if g(aaaaaaaaaa, bbbbbbbbb, ccccc):
                x = [ 1 ]
            elif g(aaaaaaaaaa, bbbbbbbb, ccccc):
                pass
        """
    after = before.replace("def", "async def").replace("g(", "await g(").replace("@dec", "@decor")
    result = formatted(before, after)
    assert "async def f(\n    aaaaaaaaaa, bbbbbbbbbb, cccccccc\n):\n" in result
    assert "    if await g(\n        aaaaaaaaaa, bbbbbbbbb, ccccc\n    ):\n        x = [ 1 ]\n" in result
    assert "    elif await g(\n        aaaaaaaaaa, bbbbbbbb, ccccc\n    ):\n" in result
    assert result.startswith("@decor(\n    aaaaaaaaa, bbbbbbbbbb, ccccccccccc\n)\n")


def test_chain_is_joined_when_black_would() -> None:
    before = "x = (\n    db.query(User)\n    .filter(User.name == name, User.other)\n    .first()\n)\n"
    after = "x = (\n    await db.scalars(\n        select(U)\n    )\n).first()\n"
    joined = "x = (await db.scalars(select(U))).first()\n"
    assert formatted(before, after, BlackSettings(line_length=60)) == joined


def test_a_pragma_stays_beside_what_it_is_about() -> None:
    before = "user = db.query(User).filter(User.gone == False).first()  # noqa: E712\n"
    after = "user = (await db.scalars(select(User).filter(User.gone == False).limit(1))).first()  # noqa: E712\n"
    settings = BlackSettings(line_length=75)
    wanted = """\
        user = (
            await db.scalars(select(User).filter(User.gone == False).limit(1))  # noqa: E712
        ).first()
        """
    result = formatted(before, after, settings)
    assert result == dedent(wanted)
    assert formatted(result, result.replace("limit(1)", "limit(2)"), settings) == result.replace("limit(1)", "limit(2)")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("columns", ["User.id, User.name", "User.id,User.name"])  # as Black has it, and not
def test_a_checker_is_told_at_the_end_of_an_expression(columns: str, newline: str) -> None:
    before = dedent(f"""\
        first, second = (
            db.query({columns})
            .filter(User.gone == False)
            .first()  # type: ignore
        )
        """)
    after = dedent(f"""\
        first, second = (
            await db.execute(
                select({columns})
                .filter(User.gone == False)
                .limit(1)
            ){{}}
        ).first(){{}}
        """)
    told, wanted = after.format("  # type: ignore", ""), after.format("", "  # type: ignore")
    if newline != "\n":
        before, told, wanted = (text.replace("\n", newline) for text in (before, told, wanted))
    assert formatted(before, told) == wanted
    assert formatted(told, told.replace("limit(1)", "limit(2)")) == told.replace("limit(1)", "limit(2)")


def test_another_comment_stays_at_the_end() -> None:
    before = "x = load(first, second)  # why\n"
    after = "x = await load(first, second_one_more_name)  # why\n"
    assert formatted(before, after).endswith(")  # why\n")


@pytest.mark.parametrize(
    "line",
    ["x = 'own quotes'", "x = f( 1 )", "x = [1,2]; y = 2", "\tx = 1", "x = '''a\n b'''"],
)
def test_untouched_statements_stay(line: str) -> None:
    head = "if 1:\n" if line.startswith("\t") else ""
    before = f"{head}{line}\nf()\n" if not head else f"{head}{line}\n\tf()\n"
    after = before.replace("f()\n", "await f()\n")
    assert formatted(before, after) == after
    assert formatted(before, before) == before


def test_quotes_of_the_project() -> None:
    before, after = "x = f('aaaaaaaaaa', 'bbbbbbbbbbbbb')\n", "x = await f('aaaaaaaaaa', 'bbbbbbbbbbbbb')\n"
    single = BlackSettings(line_length=40, string_normalization=False)
    assert formatted(before, after, single) == "x = await f(\n    'aaaaaaaaaa', 'bbbbbbbbbbbbb'\n)\n"
    assert formatted(before, after) == after


def test_crlf_and_form_feed() -> None:
    before = "x = 1\r\n\x0c\r\ny = load(first, second, third, four)\r\n"
    after = before.replace("load", "await load")
    wanted = "x = 1\r\n\x0c\r\ny = await load(\r\n    first, second, third, four\r\n)\r\n"
    assert formatted(before, after) == wanted


def test_new_statements_are_laid_out() -> None:
    before, after = "f()\n", "f()\nfrom sqlalchemy import delete, select, update\n"
    assert formatted(before, after) == "f()\nfrom sqlalchemy import (\n    delete,\n    select,\n    update,\n)\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", BlackSettings()),
        (
            "[tool.black]\nline-length = 100\nskip-string-normalization = true\ntarget-version = ['py311', 'py999']\n",
            BlackSettings(line_length=100, string_normalization=False, versions=("py311",)),
        ),
        ("[tool.black]\npreview = true\n[tool.ruff]\nline-length = 99\n", BlackSettings(preview=True)),
        (
            "[tool.ruff]\nline-length = 99\n[tool.ruff.format]\nquote-style = 'single'\n",
            BlackSettings(line_length=99, string_normalization=False),
        ),
    ],
)
def test_settings(tmp_path: Path, text: str, wanted: BlackSettings) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    found = black_settings(tmp_path)
    assert replace(found, versions=wanted.versions) == wanted
    assert found.versions[0] == (wanted.versions or ("py38",))[0]


def test_settings_of_ruff_toml_and_of_nothing(tmp_path: Path) -> None:
    assert black_settings(tmp_path).line_length == BlackSettings().line_length
    (tmp_path / "pyproject.toml").write_text("[tool.poetry.dependencies]\npython = '^3.11'\n")
    assert black_settings(tmp_path).versions[0] == "py311"
    (tmp_path / "ruff.toml").write_text("line-length = 120\n")
    assert black_settings(tmp_path).line_length == 120


def test_settings_of_a_folder_above_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 77\n")
    inner = tmp_path / "repository" / "backend"
    inner.mkdir(parents=True)
    assert black_settings(inner).line_length == 88
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "repository" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 110\n")
    (inner / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.12'\n")
    assert black_settings(inner).line_length == 110
    assert black_settings(inner).versions[0] == "py312"
    (inner / "pyproject.toml").write_text("[tool.black]\nline-length = 99\n")
    assert black_settings(inner).line_length == 99


LONG = (
    "def read_the_names_of_all_items(db: Session, category: str, limit: int) -> list[tuple[str, str]]:\n"
    "    return db.load_the_names_of(category)\n"
)
WIDE = LONG.replace("limit: int", "limit: int, offset: int")
TEXT = f"def f(db):\n    message = '{'a' * 100}'\n    return db.load_the_names_of(message)\n"
LOOSE = "def f(db):\n    return db.load_the_names_of( [ 1 ], " + "'a', " * 20 + "'b' )\n"


@pytest.mark.parametrize(
    ("texts", "length"),
    [
        ([], 88),
        (["def f(db: Session) -> int:\n    return db.load_the_names_of(1)\n"] * 3, 88),
        ([LONG], 88),
        ([LONG, LONG], 100),
        ([LONG, WIDE], 120),
        ([LONG, WIDE, TEXT, TEXT, TEXT], 120),
        ([TEXT, TEXT], 88),
        ([LONG, LOOSE], 88),
    ],
)
def test_a_project_that_says_no_length_has_that_of_its_files(texts: list[str], length: int) -> None:
    files = [text.encode() for text in texts]
    assert with_length(BlackSettings(preview=True), files) == BlackSettings(line_length=length, preview=True)
    assert with_length(BlackSettings(line_length=77, says_length=True), files).line_length == 77


def test_which_settings_say_a_length(tmp_path: Path) -> None:
    assert not black_settings(tmp_path).says_length
    for text, says in (("[tool.ruff]\n", False), ("[tool.ruff]\nline-length = 99\n", True), ("[tool.black]\n", True)):
        (tmp_path / "pyproject.toml").write_text(text)
        assert black_settings(tmp_path).says_length is says


def test_broken_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(AwaitifyError, match="cannot be read"):
        black_settings(tmp_path)


def test_a_copy_keeps_the_layout_of_its_original() -> None:
    before = "def f(db, name):\n    return load( db, name )\n"
    twin = "\n\nasync def f_async(db, name):\n    return await load( db, name )\n"
    assert formatted(before, before + twin) == before + twin
    above = twin.lstrip("\n") + "\n\n" + before
    assert formatted(before, above) == above


def test_lines_below_a_bracket_move_with_it() -> None:
    before = """\
        def read(item_id: int,
                 db: Session):  # why (
            return crud.get(db, [1,
                                 2],
                item_id)
        """
    wanted = """\
        async def read(item_id: int,
                       db: AsyncSession):  # why (
            return await crud.get(db, [1,
                                       2],
                item_id)
        """
    after = before.replace("def", "async def").replace(" Session", " AsyncSession").replace("crud", "await crud")
    assert formatted(before, after) == dedent(wanted)


def test_new_strings_have_the_quotes_of_the_file() -> None:
    before = "a = 'x'\nb = ['y', 'z', 'it']\nc = \"it's\"\nd = f('k')\n"
    after = before.replace("'k'", '\'k\', "new", f"{n}", "don\'t"')
    assert formatted(before, after) == before.replace("'k'", "'k', 'new', f'{n}', \"don't\"")
    assert formatted('a = "x"\n' + before, 'a = "x"\n' + after).count("'new'") == 1


def test_two_lines_after_a_new_definition() -> None:
    before = "app = App()\n\n# why\napp.add()\n"
    new = "\n\nasync def f():\n    pass\n"
    assert formatted(before, before.replace("App()\n", f"App()\n{new}")) == (
        f"app = App()\n{new}\n\n# why\napp.add()\n"
    )
