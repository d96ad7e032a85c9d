"""Load the product catalogue: ``python -m chat_insights.seed``."""

from sqlalchemy.orm import Session

from chat_insights.categories.models import Category, InsightType
from chat_insights.credits.models import CreditPackage
from chat_insights.database import Base, SessionLocal, engine

CATEGORIES = [
    {"id": "friendship", "name": "Friendship", "credit_cost": 4, "sort_order": 1},
    {"id": "romance", "name": "Romance", "credit_cost": 6, "sort_order": 2},
    {"id": "work", "name": "Work", "credit_cost": 5, "sort_order": 3},
]

INSIGHT_TYPES = [
    ("inside-jokes", "friendship", "Inside jokes", "What do these friends joke about?"),
    ("loyalty", "friendship", "Loyalty", "Who shows up for whom, and when?"),
    ("love-language", "romance", "Love language", "How do they show affection?"),
    ("decisions", "work", "Decisions", "Which decisions were taken?"),
    ("action-items", "work", "Action items", "Who promised to do what?"),
]

PACKAGES = [
    {"id": "starter", "name": "Starter", "credits": 20, "price_cents": 199},
    {"id": "plus", "name": "Plus", "credits": 60, "price_cents": 499},
]


def seed_catalog(db: Session) -> int:
    """Insert or update the catalogue; returns how many rows it touched."""
    count = 0
    for values in CATEGORIES:
        db.merge(Category(**values))
        count += 1
    db.flush()
    for id_, category_id, name, prompt in INSIGHT_TYPES:
        db.merge(InsightType(id=id_, category_id=category_id, name=name, prompt=prompt))
        count += 1
    for values in PACKAGES:
        db.merge(CreditPackage(**values))
        count += 1
    db.commit()
    return count


def main() -> None:
    from chat_insights import models  # noqa: F401

    Base.metadata.create_all(engine)
    with SessionLocal() as db:
        print(f"Seeded {seed_catalog(db)} rows")


if __name__ == "__main__":
    main()
