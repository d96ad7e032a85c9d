"""What services do with a session: name -> the body of a function, with `DB` for the session."""

BODIES = {
    "commit": """
        account = Account(name="new", amount=7)
        DB.add(account)
        DB.commit()
        return {"id": account.id, "amount": account.amount}
    """,
    "commit_and_refresh": """
        account = Account(name="new")
        DB.add(account)
        DB.commit()
        DB.refresh(account)
        return {"id": account.id, "amount": account.amount}
    """,
    "flush_only": """
        account = Account(name="new")
        DB.add(account)
        DB.flush()
        return {"id": account.id}
    """,
    "raise_after_flush": """
        DB.add(Account(name="new"))
        DB.flush()
        raise HTTPException(418, "not kept")
    """,
    "unhandled": """
        DB.add(Account(name="ann"))
        DB.flush()
        return {}
    """,
    "rollback_in_handler": """
        DB.add(Account(name="ann"))
        try:
            DB.commit()
        except IntegrityError as error:
            DB.rollback()
            raise HTTPException(409, "taken") from error
        return {}
    """,
    "rollback_and_go_on": """
        for name in ("ann", "zoe"):
            DB.add(Account(name=name))
            try:
                DB.commit()
            except IntegrityError:
                DB.rollback()
        return {"names": [account.name for account in DB.query(Account).order_by(Account.id).all()]}
    """,
    "try_else_finally": """
        steps = []
        try:
            DB.add(Account(name="new"))
            DB.flush()
        except IntegrityError:
            DB.rollback()
        else:
            DB.commit()
            steps.append("kept")
        finally:
            steps.append("done")
        return {"steps": steps}
    """,
    "begin_nested": """
        DB.add(Account(name="outer"))
        try:
            with DB.begin_nested():
                DB.add(Account(name="ann"))
        except IntegrityError:
            pass
        DB.commit()
        return {"n": DB.query(Account).count()}
    """,
    "begin_nested_of_each": """
        taken = []
        for name in ("bob", "ann", "cid"):
            try:
                with DB.begin_nested():
                    DB.add(Account(name=name))
                    DB.flush()
            except IntegrityError:
                taken.append(name)
        DB.commit()
        return {"taken": taken}
    """,
    "savepoint_kept_in_a_name": """
        savepoint = DB.begin_nested()
        DB.add(Account(name="lost"))
        DB.flush()
        savepoint.rollback()
        kept = DB.begin_nested()
        DB.add(Account(name="kept"))
        kept.commit()
        DB.commit()
        return {"names": [account.name for account in DB.query(Account).order_by(Account.id)]}
    """,
    "savepoint_as_name": """
        with DB.begin_nested() as savepoint:
            DB.add(Account(name="lost"))
            DB.flush()
            savepoint.rollback()
        DB.commit()
        return {"n": DB.query(Account).count()}
    """,
    "in_transaction": """
        before = DB.in_transaction()
        DB.get(Account, 1)
        return {"before": before, "after": DB.in_transaction(), "nested": DB.in_nested_transaction()}
    """,
    "no_autoflush": """
        account = Account(name="new")
        DB.add(account)
        with DB.no_autoflush:
            before = DB.query(Account).count()
        return {"before": before, "after": DB.query(Account).count()}
    """,
    "info": """
        DB.info["user"] = "ann"
        DB.get(Account, 1)
        return {"user": DB.info.get("user"), "more": "request" in DB.info}
    """,
    "bulk_save_objects": """
        DB.bulk_save_objects([Account(name=f"n{number}") for number in range(3)])
        DB.commit()
        return {"n": DB.query(Account).count()}
    """,
    "bulk_mappings": """
        DB.bulk_insert_mappings(Account, [{"name": "x", "amount": 1}, {"name": "y", "amount": 2}])
        DB.bulk_update_mappings(Account, [{"id": 1, "amount": 50}])
        DB.commit()
        return {"amounts": [row.amount for row in DB.query(Account).order_by(Account.name).all()]}
    """,
    "insert_returning": """
        rows = DB.execute(insert(Account).returning(Account.id, Account.name), [{"name": "x", "amount": 0}])
        found = [tuple(row) for row in rows]
        DB.commit()
        return {"rows": found}
    """,
    "bulk_update": """
        changed = DB.query(Account).filter(Account.amount < 15).update({"amount": Account.amount + 1})
        gone = DB.query(Entry).filter(Entry.text == "two").delete(synchronize_session=False)
        DB.commit()
        return {"changed": changed, "gone": gone}
    """,
    "update_statement": """
        result = DB.execute(update(Account).where(Account.id == 1).values(amount=99))
        DB.commit()
        return {"changed": result.rowcount}
    """,
    "merge": """
        account = DB.merge(Account(id=1, name="changed", amount=3))
        DB.commit()
        DB.refresh(account)
        return {"name": account.name, "new": DB.merge(Account(id=77, name="other", amount=0)).id}
    """,
    "refresh_names": """
        account = DB.get(Account, 1)
        account.name = "unsaved"
        DB.refresh(account, ["amount"])
        return {"name": account.name, "amount": account.amount}
    """,
    "refresh_undoes": """
        account = DB.get(Account, 1)
        account.amount = 1000
        DB.refresh(account)
        return {"amount": account.amount}
    """,
    "expire_and_refresh": """
        account = DB.get(Account, 1)
        DB.expire(account)
        DB.refresh(account)
        return {"amount": account.amount}
    """,
    "expire_all_and_read": """
        DB.get(Account, 1)
        DB.expire_all()
        return {"names": [account.name for account in DB.query(Account).order_by(Account.id).all()]}
    """,
    "expunge": """
        account = DB.get(Account, 1)
        DB.expunge(account)
        account.name = "unsaved"
        DB.commit()
        return {"here": account in DB, "name": account.name, "saved": DB.get(Account, 1).name}
    """,
    "expunge_all": """
        DB.add(Account(name="lost"))
        DB.expunge_all()
        DB.commit()
        return {"n": DB.query(Account).count()}
    """,
    "delete_with_cascade": """
        account = DB.get(Account, 1)
        DB.delete(account)
        DB.commit()
        return {"left": DB.query(Entry).count()}
    """,
    "changes": """
        account = DB.get(Account, 1)
        account.amount = 11
        DB.add(Account(name="new"))
        counted = {"new": len(DB.new), "dirty": len(DB.dirty), "deleted": len(DB.deleted)}
        return {**counted, "modified": DB.is_modified(account)}
    """,
    "with_for_update": """
        account = DB.query(Account).filter(Account.id == 1).with_for_update().one()
        account.amount += 5
        DB.commit()
        return {"amount": account.amount}
    """,
    "connection": """
        names = DB.connection().execute(text("SELECT name FROM accounts ORDER BY id")).scalars().all()
        return {"names": list(names)}
    """,
    "dialect": """
        return {"name": DB.get_bind().dialect.name, "bind": DB.bind.dialect.name}
    """,
    "one_missing": """
        return {"name": DB.query(Account).filter(Account.id == 99).one().name}
    """,
    "one_of_many": """
        try:
            return {"name": DB.query(Account).one().name}
        except MultipleResultsFound:
            return {"many": True}
    """,
    "get_one": """
        try:
            return {"name": DB.get_one(Account, 99).name}
        except NoResultFound:
            return {"missing": True}
    """,
    "two_commits": """
        account = DB.get(Account, 1)
        account.amount += 1
        DB.commit()
        account.amount += 1
        DB.commit()
        return {"amount": account.amount}
    """,
    "rollback_undoes": """
        account = DB.get(Account, 1)
        account.amount = 1000
        DB.flush()
        DB.rollback()
        return {"amount": DB.query(Account.amount).filter(Account.id == 1).scalar()}
    """,
    "after_commit_by_others": """
        account = DB.get(Account, 1)
        DB.commit()
        DB.execute(text("UPDATE accounts SET amount = 555 WHERE id = 1"))
        return {"amount": DB.query(Account).filter(Account.id == 1).one().amount}
    """,
    "identity": """
        one = DB.get(Account, 1)
        return {"same": DB.query(Account).filter(Account.id == 1).first() is one, "held": one in DB}
    """,
    "stale_data": """
        account = DB.get(Account, 1)
        DB.execute(text("DELETE FROM entries"))
        DB.execute(text("DELETE FROM accounts WHERE id = 1"))
        account.amount = 3
        try:
            DB.commit()
        except StaleDataError:
            DB.rollback()
            return {"stale": True}
        return {}
    """,
    "close_and_go_on": """
        DB.add(Account(name="lost"))
        DB.flush()
        DB.close()
        return {"n": DB.query(Account).count()}
    """,
    "relationship_append": """
        account = DB.query(Account).options(selectinload(Account.entries)).filter(Account.id == 1).one()
        account.entries.append(Entry(text="three"))
        DB.commit()
        return {"n": DB.query(Entry).filter(Entry.account_id == 1).count()}
    """,
    "orphan": """
        account = DB.query(Account).options(selectinload(Account.entries)).filter(Account.id == 1).one()
        account.entries.pop()
        DB.commit()
        return {"n": DB.query(Entry).count()}
    """,
    "yield_per": """
        return {"names": [account.name for account in DB.query(Account).order_by(Account.id).yield_per(1)]}
    """,
    "transient_again": """
        account = DB.get(Account, 1)
        DB.expunge(account)
        make_transient(account)
        account.id, account.name = None, "copy"
        DB.add(account)
        DB.commit()
        return {"id": account.id}
    """,
}
# With a transaction that the body begins itself.
OWN = {
    "with_begin": """
        with DB.begin():
            DB.add(Account(name="new"))
        return {"n": DB.query(Account).count()}
    """,
    "with_begin_raises": """
        with DB.begin():
            DB.add(Account(name="new"))
            DB.flush()
            raise HTTPException(418, "not kept")
    """,
    "with_begin_conflict": """
        try:
            with DB.begin():
                DB.add(Account(name="ann"))
        except IntegrityError:
            return {"taken": True}
    """,
    "begun_by_name": """
        transaction = DB.begin()
        DB.add(Account(name="new"))
        transaction.commit()
        return {"open": DB.in_transaction()}
    """,
    "begun_twice": """
        DB.get(Account, 1)
        try:
            DB.begin()
        except InvalidRequestError:
            return {"begun": True}
    """,
}
HEAD = """
from fastapi import HTTPException
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError, MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session, make_transient, selectinload
from sqlalchemy.orm.exc import StaleDataError

from app.models import Account, Entry, SessionLocal, engine
"""
#: Those that every way is tried with.
CORE = (
    "commit", "unhandled", "raise_after_flush", "rollback_in_handler", "begin_nested", "savepoint_kept_in_a_name",
    "no_autoflush", "info", "bulk_mappings", "merge", "expunge", "bulk_update",
)  # fmt: skip
