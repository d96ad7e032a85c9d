"""Random chains of a legacy query, as the source of functions: hypothesis draws them, one conversion takes them all."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEAD = '''"""Random chains."""

from sqlalchemy import and_, desc, func, or_
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from app.models import Author, Book, Review


def only_grown(query):
    return query.filter(Author.age > 5)


def count_and_all(query, size: int):
    total = query.count()
    return total, query.limit(size).all()
'''
# root -> (the class that filter_by means, tables in its FROM list)
ROOTS = {
    "Author": ("Author", ("Author",)),
    "Book": ("Book", ("Book",)),
    "Author.name": ("Author", ("Author",)),
    "Author.id, Author.age": ("Author", ("Author",)),
    "Author.age.label('a'), Author": ("Author", ("Author",)),
    "func.count(Author.id)": ("Author", ("Author",)),
    "func.max(Book.id), func.min(Book.title)": ("Book", ("Book",)),
    "func.coalesce(func.sum(Author.age), 0)": ("Author", ("Author",)),
}
FILTERS = {
    "Author": (
        "Author.age > 5", "Author.name == 'a1'", "Author.id.in_([1, 2, 4])", "or_(Author.age == 0, Author.id < 3)",
        "Author.books.any(Book.title == 't1')", "~Author.books.any()", "Author.id == {n}",
        "Author.id.in_(db.query(Book.author_id).filter(Book.title != 't0'))",
        "db.query(Book).filter(Book.author_id == Author.id).exists()",
    ),
    "Book": ("Book.title == 't1'", "Book.author_id.isnot(None)", "and_(Book.id > 1, Book.id < 6)", "Book.id == {n}"),
}  # fmt: skip
NAMES = {"Author": ("name='a1'", "age=10", "id={n}"), "Book": ("title='t1'", "id={n}", "author_id={n}")}
JOINS = {
    "Author": (
        ("join(Book)", "Book"), ("join(Author.books)", "Book"), ("outerjoin(Author.books)", "Book"),
        ("join(Book, Book.author_id == Author.id)", "Book"),
    ),
    "Book": (("join(Author)", "Author"), ("outerjoin(Book.author)", "Author")),
}  # fmt: skip
OPTIONS = {
    "Author": (
        "joinedload(Author.books)",
        "selectinload(Author.books)",
        "joinedload(Author.books).joinedload(Book.reviews)",
    ),
    "Book": ("joinedload(Book.author)", "joinedload(Book.reviews)", "selectinload(Book.reviews)"),
}
ENDS = (
    "query.all()", "query.first()", "query.one()", "query.one_or_none()", "query.scalar()", "query.count()",
    "[item for item in query]", "list(query)", "query[0]", "query[1:3]", "query[:2]", "query[{n}:]",
    "db.query(query.exists()).scalar()", "count_and_all(query, {n})", "sorted(str(item) for item in query.all()) and 1",
    "query.distinct().all()", "query.limit(2).count()", "query.offset(1).first()", "query.limit({n}).offset(1).all()",
    "(query.count(), query.all())", "query.first() if query.count() else None", "len(query.all())",
    "query.with_entities(Author.id, Author.name).all()", "query.with_entities(func.count(Author.id)).scalar()",
    "db.query(query.order_by(None).subquery()).count()", "query.union(query).count()", "query.update({{'{c}': '{n}'}})",
    "query.delete()", "query.delete(synchronize_session=False)", "[*query]", "query.populate_existing().all()",
    "query.add_columns(Author.age).all()",
)  # fmt: skip

OF_ENTITIES = (".update(", ".delete(", "count_and_all", ".union(", ".populate_existing(")
OF_ANYTHING = tuple(end for end in ENDS if not any(part in end for part in OF_ENTITIES))


@st.composite
def steps(draw: st.DrawFn) -> list[str]:
    """The lines of a function that makes and executes one query."""
    root = draw(st.sampled_from(sorted(ROOTS)))
    target, tables = ROOTS[root]
    number = str(draw(st.integers(0, 5)))
    lines = [f"query = db.query({root})"]
    home, indent = target, ""
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(
            st.sampled_from(["filter", "filter", "filter_by", "join", "options", "order_by", "group", "helper"])
        )
        step = ""
        if kind == "filter":
            step = f"filter({draw(st.sampled_from(FILTERS[draw(st.sampled_from(tables))]))})"
        elif kind == "filter_by":
            step = f"filter_by({draw(st.sampled_from(NAMES[target]))})"
        elif kind == "join" and len(tables) == 1:
            step, target = draw(st.sampled_from(JOINS[home]))
            tables = (home, target)
        elif kind == "options" and root in OPTIONS:
            step = f"options({draw(st.sampled_from(OPTIONS[root]))})"
        elif kind == "order_by":
            step = f"order_by({home}.id{draw(st.sampled_from(['', '.desc()']))})"
        elif kind == "group" and root.startswith("Author.id"):
            step = "group_by(Author.id, Author.age)"
        elif kind == "helper" and "Author" in tables:
            lines.append("query = only_grown(query)")
        if step and draw(st.booleans()) and not indent and not step.endswith("()"):
            lines[-1] += f".{step}"
        elif step:
            branched = draw(st.integers(0, 3)) == 0 and kind in ("filter", "options", "order_by")
            lines += ["if flag:", f"    query = query.{step}"] if branched else [f"query = query.{step}"]
    end = draw(st.sampled_from(ENDS if root in OPTIONS else OF_ANYTHING))
    column = "title" if home == "Book" else "name"
    return [line.format(n=number) for line in lines] + [f"return {end.format(n=number, c=column)}"]


def draw_functions(count: int) -> list[str]:
    """The sources of up to that many different functions, always the same ones."""
    found: dict[str, None] = {}

    @settings(
        max_examples=count, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(steps())
    def note(lines: list[str]) -> None:
        found["".join(f"    {line}\n" for line in lines)] = None

    note()
    return [f"def chain_{number}(db: Session, flag: bool = True):\n{body}" for number, body in enumerate(found)]


def modules(count: int, per_module: int = 100) -> dict[str, str]:
    """Modules of the service by name: each with its share of the functions, whose names say where they are."""
    functions = draw_functions(count)
    parts = [functions[at : at + per_module] for at in range(0, len(functions), per_module)]
    return {f"chains_{number}": HEAD + "\n\n" + "\n\n".join(part) for number, part in enumerate(parts)}
