"""Forms of legacy queries, one function each: what the conversion makes of them must give the same."""

from app.models import Author, Book, Review
from sqlalchemy import Row, case, desc, exists, func, literal_column, or_, select, text
from sqlalchemy.orm import Bundle, Query, Session, aliased, contains_eager, joinedload, selectinload, with_parent


def all_(db: Session):
    return db.query(Author).order_by(Author.id).all()


def all_joined_repeats(db: Session):
    return db.query(Author).join(Author.books).order_by(Author.id).all()


def all_joinedload(db: Session):
    return [(a.id, len(a.books)) for a in db.query(Author).options(joinedload(Author.books)).order_by(Author.id).all()]


def all_selectinload(db: Session):
    return [len(a.books) for a in db.query(Author).options(selectinload(Author.books)).order_by(Author.id).all()]


def all_contains_eager(db: Session):
    query = db.query(Author).join(Author.books).options(contains_eager(Author.books)).order_by(Author.id)
    return query.all()


def limit_over_join(db: Session):
    return db.query(Author).join(Author.books).order_by(Author.id.desc()).limit(3).all()


def limit_over_joinedload(db: Session):
    return db.query(Author).options(joinedload(Author.books)).order_by(Author.id.desc()).limit(2).all()


def all_of_alias(db: Session):
    writer = aliased(Author)
    return [item.id for item in db.query(writer).order_by(writer.id)]


def all_of_column(db: Session):
    return db.query(Author.name).order_by(Author.id).all()


def all_of_repeated_column(db: Session):
    return db.query(Author.id).join(Book).order_by(Author.id).all()


def all_of_two_entities(db: Session):
    return db.query(Author, Book).join(Book).order_by(Author.id, Book.id).all()


def all_of_two_entities_by_filter(db: Session):
    return db.query(Author, Book).filter(Author.id == Book.author_id).order_by(Book.id).all()


def all_of_entity_and_column(db: Session):
    return db.query(Author, Book.author_id).join(Book).order_by(Author.id).all()


def all_of_entity_and_own_column(db: Session):
    return db.query(Author, Author.id).join(Book).order_by(Author.id).all()


def all_of_entity_and_aggregate(db: Session):
    query = db.query(Author, func.count(Book.id)).outerjoin(Book).group_by(Author.id).order_by(Author.id)
    return query.all()


def all_of_function(db: Session):
    return db.query(func.length(Author.name)).all()


def all_of_list(db: Session):
    return db.query(*[Author.id, Author.name]).order_by(Author.id).all()


def all_of_operation(db: Session):
    return db.query(Author.age + 1, Author.name.label("n")).order_by(Author.id).all()


def all_of_case(db: Session):
    return db.query(case((Author.age > 10, "old"), else_="young")).order_by(Author.id).all()


def all_of_bundle(db: Session):
    return db.query(Bundle("b", Author.id, Author.name)).order_by(Author.id).all()


def all_of_literal(db: Session):
    return db.query(literal_column("1")).all()


def all_of_subquery(db: Session):
    sub = db.query(Book.author_id, func.count().label("n")).group_by(Book.author_id).subquery()
    return db.query(sub).order_by(sub.c.author_id).all()


def first(db: Session):
    return db.query(Author).order_by(Author.id.desc()).first()


def first_none(db: Session):
    return db.query(Author).filter(Author.id == 99).first()


def first_of_column(db: Session):
    return db.query(Author.name).order_by(Author.id).first()


def first_of_column_none(db: Session):
    return db.query(Author.name).filter(Author.id == 99).first()


def first_of_two(db: Session):
    return db.query(Author, Book).join(Book).order_by(Author.id, Book.id).first()


def first_indexed(db: Session):
    return db.query(Author.name).order_by(Author.id).first()[0]


def first_over_slice(db: Session):
    return db.query(Author).order_by(Author.id).slice(1, 3).first()


def first_joinedload(db: Session):
    return len(db.query(Author).options(joinedload(Author.books)).order_by(Author.id.desc()).first().books)


def first_contains_eager(db: Session):
    query = db.query(Author).join(Author.books).options(contains_eager(Author.books)).order_by(Author.id.desc())
    return len(query.first().books)


def one(db: Session):
    return db.query(Author).filter(Author.id == 2).one()


def one_none(db: Session):
    return db.query(Author).filter(Author.id == 99).one()


def one_many(db: Session):
    return db.query(Author).one()


def one_repeated(db: Session):
    return db.query(Author).join(Book).filter(Author.id == 4).one()


def one_of_column(db: Session):
    return db.query(Author.name).filter(Author.id == 2).one()


def one_or_none_none(db: Session):
    return db.query(Author).filter(Author.id == 99).one_or_none()


def one_or_none_many(db: Session):
    return db.query(Author).one_or_none()


def one_or_none_repeated(db: Session):
    return db.query(Author).join(Book).filter(Author.id == 4).one_or_none()


def one_or_none_of_two(db: Session):
    return db.query(Author, Book.author_id).join(Book).filter(Author.id == 4).one_or_none()


def scalar_of_column(db: Session):
    return db.query(Author.name).filter(Author.id == 2).scalar()


def scalar_none(db: Session):
    return db.query(Author.name).filter(Author.id == 99).scalar()


def scalar_many(db: Session):
    return db.query(Author.name).scalar()


def scalar_of_entity(db: Session):
    return db.query(Author).filter(Author.id == 2).scalar()


def scalar_of_entity_repeated(db: Session):
    return db.query(Author).join(Book).filter(Author.id == 4).scalar()


def scalar_of_two(db: Session):
    return db.query(Author.id, Author.name).filter(Author.id == 2).scalar()


def scalar_of_aggregate(db: Session):
    return db.query(func.max(Author.id)).scalar()


def scalar_of_aggregate_empty(db: Session):
    return db.query(func.max(Author.id)).filter(Author.id == 99).scalar()


def scalar_of_grouped_aggregate(db: Session):
    return db.query(func.count(Book.id)).group_by(Book.author_id).scalar()


def scalar_of_coalesce(db: Session):
    return db.query(func.coalesce(func.sum(Author.age), 0)).filter(Author.id == 99).scalar()


def scalar_or_zero(db: Session):
    return db.query(func.sum(Author.age)).filter(Author.id == 99).scalar() or 0


def count(db: Session):
    return db.query(Author).count()


def count_limit(db: Session):
    return db.query(Author).limit(2).count()


def count_offset(db: Session):
    return db.query(Author).order_by(Author.id).offset(1).limit(9).count()


def count_distinct(db: Session):
    return db.query(Author.age).distinct().count()


def count_groups(db: Session):
    return db.query(Book.author_id).group_by(Book.author_id).count()


def count_having(db: Session):
    return db.query(Book.author_id).group_by(Book.author_id).having(func.count() > 1).count()


def count_join(db: Session):
    return db.query(Author).join(Book).count()


def count_two(db: Session):
    return db.query(Author, Book).join(Book).count()


def count_joinedload(db: Session):
    return db.query(Author).options(joinedload(Author.books)).count()


def exists_scalar(db: Session):
    return db.query(db.query(Author).filter(Author.id == 1).exists()).scalar()


def exists_scalar_not(db: Session):
    return db.query(db.query(Author).filter(Author.id == 99).exists()).scalar()


def exists_function(db: Session):
    return db.query(exists().where(Author.name == "a1")).scalar()


def exists_in_filter(db: Session):
    books = db.query(Book).filter(Book.author_id == Author.id)
    return db.query(Author).filter(books.exists()).order_by(Author.id).all()


def not_exists(db: Session):
    return db.query(Author).filter(~db.query(Book).filter(Book.author_id == Author.id).exists()).all()


def index(db: Session):
    return db.query(Author).order_by(Author.id)[1]


def index_first(db: Session):
    return db.query(Author).order_by(Author.id.desc())[0]


def index_absent(db: Session):
    return db.query(Author).order_by(Author.id)[50]


def index_of_column(db: Session):
    return db.query(Author.name).order_by(Author.id)[2]


def slice_(db: Session):
    return db.query(Author).order_by(Author.id)[1:3]


def slice_head(db: Session):
    return db.query(Author).order_by(Author.id)[:2]


def slice_tail(db: Session):
    return db.query(Author).order_by(Author.id)[2:]


def slice_all(db: Session):
    return db.query(Author).order_by(Author.id)[:]


def slice_backwards(db: Session, start: int = 3, stop: int = 1):
    return db.query(Author).order_by(Author.id)[start:stop]


def slice_page(db: Session, skip: int = 1, size: int = 2):
    return db.query(Author).order_by(Author.id)[skip : skip + size]


def slice_step(db: Session):
    return db.query(Author).order_by(Author.id)[0:4:2]


def slice_over_offset(db: Session):
    return db.query(Author).order_by(Author.id).offset(1)[0:2]


def slice_over_limit(db: Session):
    return db.query(Author).order_by(Author.id).limit(3)[1:3]


def slice_head_over_limit(db: Session):
    return db.query(Author).order_by(Author.id).limit(1)[:3]


def slice_joinedload(db: Session):
    query = db.query(Author).options(joinedload(Author.books)).order_by(Author.id.desc())
    return [(item.id, len(item.books)) for item in query[0:2]]


def iterate(db: Session):
    found = []
    for item in db.query(Author).join(Book).order_by(Author.id):
        found.append(item.id)
    return found


def iterate_columns(db: Session):
    return [number for (number,) in db.query(Author.id).order_by(Author.id)]


def iterate_labels(db: Session):
    return [row.n for row in db.query(Author.name.label("n")).order_by(Author.id)]


def to_list(db: Session):
    return list(db.query(Author).join(Book).order_by(Author.id))


def to_dict(db: Session):
    return dict(db.query(Author.id, Author.name).all())


def to_set(db: Session):
    return sorted({row[0] for row in db.query(Author.age)})


def starred(db: Session):
    return [*db.query(Author).order_by(Author.id)]


def contained(db: Session):
    return db.get(Author, 1) in db.query(Author)


def in_a_generator(db: Session):
    return sum(item.age for item in db.query(Author))


def filter_by(db: Session):
    return db.query(Author).filter_by(name="a2").all()


def filter_by_nothing(db: Session):
    return db.query(Author).filter().filter_by().order_by(Author.id).all()


def filter_by_after_join(db: Session):
    return db.query(Author).join(Book).filter_by(title="t20").all()


def filter_by_after_relationship(db: Session):
    return db.query(Author).join(Author.books).filter_by(id=2).all()


def filter_by_before_join(db: Session):
    return db.query(Author).filter_by(id=4).join(Book).order_by(Book.id).all()


def filter_by_after_alias(db: Session):
    other = aliased(Book)
    return db.query(Author).join(other, Author.books).filter_by(title="t20").all()


def filter_by_of_two(db: Session):
    return db.query(Author, Book).filter(Book.author_id == Author.id).filter_by(id=2).all()


def filter_by_of_column(db: Session):
    return db.query(Author.name).filter_by(id=2).all()


def filter_by_after_select_from(db: Session):
    return db.query(func.count(Book.id)).select_from(Book).filter_by(title="t20").scalar()


def filter_by_of_function(db: Session):
    return db.query(func.count(Book.id)).filter_by(title="t20").scalar()


def filter_by_names(db: Session, **names: object):
    return db.query(Author).filter_by(**names).order_by(Author.id).all()


def filter_by_names_after_join(db: Session, **names: object):
    return db.query(Author).join(Book).filter_by(**names).order_by(Author.id).all()


def join_onclause(db: Session):
    return db.query(Author).join(Book, Author.id == Book.author_id).order_by(Author.id).all()


def outer_join(db: Session):
    return db.query(Author).outerjoin(Author.books).filter(Book.id.is_(None)).all()


def join_alias(db: Session):
    other = aliased(Book)
    return db.query(Author).join(other, Author.books).filter(other.title == "t20").all()


def select_from(db: Session):
    return db.query(Book.title).select_from(Author).join(Author.books).order_by(Book.id).all()


def any_of_relationship(db: Session):
    return db.query(Author).filter(Author.books.any(Book.title == "t30")).all()


def with_parent_(db: Session):
    author = db.get(Author, 3)
    return db.query(Book).filter(with_parent(author, Author.books)).order_by(Book.id).all()


def with_entities(db: Session):
    return db.query(Author).filter(Author.id < 3).order_by(Author.id).with_entities(Author.id, Author.name).all()


def with_entities_count(db: Session):
    return db.query(Author).filter(Author.id < 3).with_entities(func.count()).scalar()


def with_entities_count_without_table(db: Session):
    return db.query(Author).with_entities(func.count()).scalar()


def with_entities_count_joined(db: Session):
    return db.query(Author).join(Book).with_entities(func.count(Author.id.distinct())).scalar()


def with_entities_of_entity(db: Session):
    return db.query(Author.id).join(Book).with_entities(Book).order_by(Book.id).all()


def add_columns(db: Session):
    return db.query(Author).add_columns(Author.name.label("n")).order_by(Author.id).all()


def add_column_after(db: Session):
    query = db.query(Author.id)
    query = query.add_columns(Author.name)
    return query.order_by(Author.id).all()


def add_entity(db: Session):
    return db.query(Author).join(Book).add_entity(Book).order_by(Book.id).all()


def group_having(db: Session):
    query = db.query(Book.author_id, func.count()).group_by(Book.author_id).having(func.count() > 1)
    return query.order_by(Book.author_id).all()


def distinct_join(db: Session):
    return db.query(Author).join(Book).distinct().order_by(Author.id).all()


def distinct_columns(db: Session):
    return db.query(Author.age).distinct().order_by(Author.age).all()


def subquery(db: Session):
    sub = db.query(Book.author_id, func.count().label("n")).group_by(Book.author_id).subquery()
    return db.query(Author.name, sub.c.n).join(sub, sub.c.author_id == Author.id).order_by(Author.id).all()


def cte(db: Session):
    part = db.query(Book.author_id).distinct().cte("part")
    return db.query(Author).join(part, part.c.author_id == Author.id).order_by(Author.id).all()


def in_query(db: Session):
    return db.query(Book).filter(Book.author_id.in_(db.query(Author.id).filter(Author.id > 2))).order_by(Book.id).all()


def in_query_variable(db: Session):
    old = db.query(Author.id).filter(Author.age > 10)
    return db.query(Book).filter(Book.author_id.in_(old)).order_by(Book.id).all()


def not_in_subquery(db: Session):
    old = db.query(Author.id).filter(Author.age > 10).subquery()
    return db.query(Book).filter(Book.author_id.not_in(select(old))).order_by(Book.id).all()


def scalar_subquery(db: Session):
    number = db.query(func.count(Book.id)).filter(Book.author_id == Author.id).correlate(Author).scalar_subquery()
    return db.query(Author.name, number).order_by(Author.id).all()


def label(db: Session):
    number = db.query(func.count(Book.id)).filter(Book.author_id == Author.id).correlate(Author).label("n")
    return [row.n for row in db.query(Author.name, number).order_by(Author.id)]


def union(db: Session):
    first_one = db.query(Author).filter(Author.id == 1)
    return first_one.union(db.query(Author).filter(Author.id == 3)).order_by(Author.id.desc()).all()


def union_limited(db: Session):
    return db.query(Author).filter(Author.id == 1).union(db.query(Author).filter(Author.id == 1)).limit(5).all()


def union_filtered(db: Session):
    both = db.query(Author).union(db.query(Author)).filter(Author.age > 0).filter_by(name="a2")
    return both.all()


def union_all_repeated(db: Session):
    return db.query(Author).union_all(db.query(Author)).order_by(Author.id).all()


def union_all_count(db: Session):
    return db.query(Author).union_all(db.query(Author)).count()


def union_of_columns(db: Session):
    return sorted(db.query(Author.name).union(db.query(Book.title)).all())


def intersect(db: Session):
    return db.query(Author).filter(Author.id < 3).intersect(db.query(Author).filter(Author.id > 1)).all()


def union_stored(db: Session):
    both = db.query(Author).filter(Author.id == 1).union(db.query(Author).filter(Author.id == 2))
    both = both.order_by(Author.id)
    return both.all()


def get(db: Session):
    return db.query(Author).get(3)


def get_none(db: Session):
    return db.query(Author).get(99)


def get_options(db: Session):
    return len(db.query(Author).options(joinedload(Author.books)).get(4).books)


def get_stored(db: Session):
    query = db.query(Author)
    return query.get(2)


def populate_existing(db: Session):
    author = db.get(Author, 2)
    author.name = "changed"
    with db.no_autoflush:
        return db.query(Author).populate_existing().filter(Author.id == 2).one().name


def autoflush(db: Session):
    db.add(Author(id=9, name="new"))
    return db.query(Author).autoflush(False).count()


def update(db: Session):
    return db.query(Author).filter(Author.id > 2).update({"age": 1})


def update_expression(db: Session):
    return db.query(Author).filter(Author.id > 2).update({Author.age: Author.age + 1})


def update_by(db: Session):
    changed = db.query(Author).filter_by(id=2).update({"name": "new"}, synchronize_session="fetch")
    return changed, db.query(Author.name).filter(Author.id == 2).scalar()


def update_stored(db: Session):
    query = db.query(Author).filter(Author.id == 2)
    if not query.first():
        return None
    query.update({"name": "new"}, synchronize_session=False)
    return db.query(Author.name).filter(Author.id == 2).scalar()


def update_all(db: Session):
    db.query(Author).update({Author.age: 5})
    return db.query(func.sum(Author.age)).scalar()


def delete(db: Session):
    return db.query(Review).filter(Review.id > 2).delete()


def delete_without_sync(db: Session):
    return db.query(Review).filter(Review.id > 2).delete(synchronize_session=False)


def delete_in_query(db: Session):
    books = db.query(Book.id).filter(Book.author_id == 4)
    return db.query(Review).filter(Review.book_id.in_(books)).delete(synchronize_session=False)


def delete_stored(db: Session):
    query = db.query(Review).filter_by(id=2)
    return query.count(), query.delete(), query.count()


def delete_refined(db: Session, number: int | None = 2):
    query = db.query(Review)
    if number:
        query = query.filter(Review.id == number)
    return query.delete()


def delete_in_branches(db: Session, number: int | None = 2):
    query = db.query(Review).filter(Review.id > 1) if number else db.query(Review).filter(Review.id > 2)
    if number:
        query = query.filter(Review.id == number)
    return query.delete(), db.query(Review).count()


def delete_of_either(db: Session, number: int | None = 2):
    return (db.query(Review).filter(Review.id == number) if number else db.query(Review)).delete()


def yield_per(db: Session):
    found = []
    for item in db.query(Author).join(Book).order_by(Author.id).yield_per(2):
        found.append(item.id)
    return found


def yield_per_columns(db: Session):
    return [name for (name,) in db.query(Author.name).order_by(Author.id).yield_per(2)]


def yield_per_all(db: Session):
    return db.query(Author).yield_per(2).all()


def params(db: Session):
    return db.query(Author).filter(text("authors.id = :number")).params(number=2).one()


def from_statement(db: Session):
    return db.query(Author).from_statement(text("select * from authors order by id")).all()


def limit_none(db: Session):
    return db.query(Author).order_by(Author.id).limit(None).offset(None).all()


def order_by_none(db: Session):
    return len(db.query(Author).order_by(Author.id).order_by(None).all())


def for_update(db: Session):
    return db.query(Author).filter(Author.id == 2).with_for_update().first()


def get_for_update(db: Session):
    return db.query(Author).with_for_update().get(2)


def statement(db: Session):
    query = db.query(Author).filter(Author.id == 2)
    return db.execute(query.statement).scalars().all()


def statement_in_count(db: Session):
    query = db.query(Author).filter(Author.id > 2)
    return db.execute(select(func.count()).select_from(query.statement.subquery())).scalar()


def sessionless(db: Session):
    return db.scalars(Query(Author).join(Book).order_by(Author.id).statement).unique().all()


def raw(db: Session):
    return [tuple(row) for row in db.execute(text("select id, name from authors order by id"))]


def condition(db: Session):
    query = db.query(Author).filter(Author.id == 99)
    if query:
        return "always"
    return "never"


def if_first(db: Session):
    return "there" if db.query(Author).filter(Author.id == 1).first() else "not there"


def conditional(db: Session, old: bool = True):
    query = db.query(Author)
    query = query.filter(Author.age > 10) if old else query
    return query.order_by(Author.id).all()


def conditional_join(db: Session, joined: bool = True):
    query = db.query(Author)
    if joined:
        query = query.join(Book)
    return query.order_by(Author.id).all()


def either_class(db: Session, books: bool = True):
    query = db.query(Book) if books else db.query(Author)
    return query.count(), query.first()


def in_a_loop(db: Session):
    query = db.query(Author)
    for test in (Author.id > 1, Author.age < 20):
        query = query.filter(test)
    return query.order_by(Author.id).all()


def loop_with_join(db: Session, names: tuple[str, ...] = ("t20", "t30")):
    query = db.query(Author)
    for name in names:
        query = query.filter(or_(Author.books.any(title=name), Author.age > 0))
    return query.join(Author.books).order_by(desc(Author.id)).all()


def reused_name(db: Session):
    query = db.query(Author).order_by(Author.id)
    authors = query.all()
    query = db.query(Book.title).order_by(Book.id)
    return authors, query.all()


def in_a_list(db: Session):
    found = []
    for query in [db.query(Author).filter(Author.id == 1), db.query(Book).filter(Book.id == 2)]:
        found.append(query.one())
    return found


def in_a_dictionary(db: Session, name: str = "old"):
    queries = {"old": db.query(Author).filter(Author.age > 10), "young": db.query(Author).filter(Author.age < 10)}
    return queries[name].order_by(Author.id).all()


def appended(db: Session):
    queries = []
    for number in (1, 2):
        queries.append(db.query(Author).filter(Author.id == number))
    return [query.one() for query in queries]


def walrus(db: Session):
    if (found := db.query(Author).filter(Author.id == 2).first()) is not None:
        return found
    return None


def page(db: Session, number: int = 2, size: int = 2):
    query = db.query(Author).filter(Author.id > 0)
    total = query.count()
    return total, query.order_by(Author.id).offset((number - 1) * size).limit(size).all()


def tried(db: Session):
    query = db.query(Author)
    try:
        query = query.filter(Author.id == 2)
    except ValueError:
        query = query.filter(Author.id == 3)
    finally:
        found = query.all()
    return found


def row_api(db: Session):
    row: Row = db.query(Author.id, Author.name).order_by(Author.id).first()
    return row._asdict(), row.name, row[0], tuple(row)


def relationship_after_join(db: Session):
    query = db.query(Book).join(Book.author).options(contains_eager(Book.author)).filter(Author.name == "a3")
    return [(book.id, book.author.name) for book in query.order_by(Book.id)]
