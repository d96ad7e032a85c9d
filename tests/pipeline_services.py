"""Four services in the styles of the wild, with the requests that are put to each of them."""

from __future__ import annotations

from typing import Any

QUERY_STYLE = {
    "app/main.py": """
        from fastapi import Depends, FastAPI, HTTPException
        from sqlalchemy.orm import Session

        from app.database import get_db
        from app.models import Item
        from app.schemas import ItemIn, ItemOut

        app = FastAPI()


        @app.get("/items", response_model=list[ItemOut])
        def list_items(skip: int = 0, db: Session = Depends(get_db)):
            return db.query(Item).order_by(Item.id).offset(skip).all()


        @app.get("/items/count")
        def count_items(db: Session = Depends(get_db)):
            return {"count": db.query(Item).filter(Item.price > 1).count()}


        @app.get("/items/{item_id}", response_model=ItemOut)
        def read_item(item_id: int, db: Session = Depends(get_db)):
            item = db.query(Item).filter(Item.id == item_id).first()
            if item is None:
                raise HTTPException(404, "no such item")
            return item


        @app.post("/items", response_model=ItemOut, status_code=201)
        def create_item(data: ItemIn, db: Session = Depends(get_db)):
            if db.query(Item).filter_by(name=data.name).first():
                raise HTTPException(409, "taken")
            item = Item(**data.model_dump())
            db.add(item)
            db.commit()
            db.refresh(item)
            return item


        @app.delete("/items/{item_id}", status_code=204)
        def delete_item(item_id: int, db: Session = Depends(get_db)):
            item = db.get(Item, item_id)
            if not item:
                raise HTTPException(404, "no such item")
            db.delete(item)
            db.commit()
        """
}
STYLE_2 = {
    "app/repository.py": """
        from collections.abc import Sequence

        from sqlalchemy import func, select
        from sqlalchemy.orm import Session

        from app.models import Item


        class ItemRepository:
            def __init__(self, db: Session):
                self.db = db

            def all(self) -> Sequence[Item]:
                return self.db.scalars(select(Item).order_by(Item.id)).all()

            def by_name(self, name: str) -> Item | None:
                return self.db.execute(select(Item).where(Item.name == name)).scalar_one_or_none()

            def add(self, item: Item) -> Item:
                self.db.add(item)
                self.db.commit()
                self.db.refresh(item)
                return item

            def total(self) -> int:
                return self.db.scalar(select(func.count()).select_from(Item))
        """,
    "app/service.py": """
        from sqlalchemy.orm import Session

        from app.models import Item
        from app.repository import ItemRepository
        from app.schemas import ItemIn


        class ItemService:
            def __init__(self, db: Session):
                self.repository = ItemRepository(db)

            def create(self, data: ItemIn) -> Item | None:
                if self.repository.by_name(data.name):
                    return None
                return self.repository.add(Item(**data.model_dump()))

            def all(self) -> list[Item]:
                return [item for item in self.repository.all()]

            def total(self) -> int:
                return self.repository.total()
        """,
    "app/main.py": """
        from typing import Annotated

        from fastapi import Depends, FastAPI, HTTPException
        from sqlalchemy.orm import Session

        from app.database import get_db
        from app.schemas import ItemIn, ItemOut
        from app.service import ItemService

        app = FastAPI()


        def get_service(db: Session = Depends(get_db)) -> ItemService:
            return ItemService(db)


        Service = Annotated[ItemService, Depends(get_service)]


        @app.get("/items", response_model=list[ItemOut])
        def list_items(service: Service):
            return service.all()


        @app.get("/items/count")
        def count_items(service: Service):
            return {"count": service.total()}


        @app.post("/items", response_model=ItemOut, status_code=201)
        def create_item(data: ItemIn, service: Service):
            item = service.create(data)
            if item is None:
                raise HTTPException(409, "taken")
            return item
        """,
}
GENERIC_CRUD = {
    "app/crud.py": """
        from typing import Any, Generic, TypeVar

        from pydantic import BaseModel
        from sqlalchemy.orm import Session

        from app.database import Base
        from app.models import Item
        from app.schemas import ItemIn

        ModelType = TypeVar("ModelType", bound=Base)
        CreateType = TypeVar("CreateType", bound=BaseModel)


        class CRUDBase(Generic[ModelType, CreateType]):
            def __init__(self, model: type[ModelType]):
                self.model = model

            def get(self, db: Session, id: Any) -> ModelType | None:
                return db.get(self.model, id)

            def get_multi(self, db: Session, *, limit: int = 100) -> list[ModelType]:
                return db.query(self.model).limit(limit).all()

            def create(self, db: Session, *, obj_in: CreateType) -> ModelType:
                obj = self.model(**obj_in.model_dump())
                db.add(obj)
                db.commit()
                db.refresh(obj)
                return obj


        class CRUDItem(CRUDBase[Item, ItemIn]):
            def by_name(self, db: Session, name: str) -> Item | None:
                return db.query(Item).filter(Item.name == name).first()


        item = CRUDItem(Item)
        """,
    "app/main.py": """
        from typing import Annotated

        from fastapi import Depends, FastAPI, HTTPException
        from sqlalchemy.orm import Session

        from app import crud
        from app.database import get_db
        from app.schemas import ItemIn, ItemOut

        app = FastAPI()
        SessionDep = Annotated[Session, Depends(get_db)]


        @app.get("/items", response_model=list[ItemOut])
        def list_items(db: SessionDep):
            return crud.item.get_multi(db)


        @app.get("/items/{item_id}", response_model=ItemOut)
        def read_item(item_id: int, db: SessionDep):
            item = crud.item.get(db, item_id)
            if not item:
                raise HTTPException(404, "no such item")
            return item


        @app.post("/items", response_model=ItemOut, status_code=201)
        def create_item(data: ItemIn, db: SessionDep):
            if crud.item.by_name(db, data.name):
                raise HTTPException(409, "taken")
            return crud.item.create(db, obj_in=data)
        """,
}
SQLMODEL = {
    "app/main.py": """
        from typing import Annotated

        from fastapi import Depends, FastAPI, HTTPException
        from sqlmodel import Field, Session, SQLModel, create_engine, select

        engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})


        class HeroIn(SQLModel):
            name: str
            age: int = 0


        class Hero(HeroIn, table=True):
            id: int | None = Field(default=None, primary_key=True)


        SQLModel.metadata.create_all(engine)


        def get_session():
            with Session(engine) as session:
                yield session


        SessionDep = Annotated[Session, Depends(get_session)]
        app = FastAPI()


        @app.get("/items")
        def heroes(session: SessionDep) -> list[Hero]:
            return session.exec(select(Hero).order_by(Hero.id)).all()


        @app.get("/items/{hero_id}")
        def hero(hero_id: int, session: SessionDep) -> Hero:
            found = session.get(Hero, hero_id)
            if not found:
                raise HTTPException(404, "no such hero")
            return found


        @app.post("/items", status_code=201)
        def create(data: HeroIn, session: SessionDep) -> Hero:
            hero = Hero.model_validate(data)
            session.add(hero)
            session.commit()
            session.refresh(hero)
            return hero
        """
}
REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", "/items", None),
    ("POST", "/items", {"name": "a", "price": 3}),
    ("POST", "/items", {"name": "b"}),
    ("POST", "/items", {"name": "a"}),
    ("POST", "/items", {"nome": "a"}),
    ("GET", "/items", None),
    ("GET", "/items?skip=1", None),
    ("GET", "/items/count", None),
    ("GET", "/items/1", None),
    ("GET", "/items/9", None),
    ("DELETE", "/items/1", None),
    ("DELETE", "/items/1", None),
    ("GET", "/items", None),
]
