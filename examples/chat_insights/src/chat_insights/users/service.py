from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.concurrency import run_in_threadpool

from chat_insights.chats.models import Chat, Message
from chat_insights.config import settings
from chat_insights.credits import service as credits_service
from chat_insights.credits.models import CreditTransaction
from chat_insights.exceptions import ConflictError
from chat_insights.insights.models import Insight, InsightJob
from chat_insights.payments.models import PaymentOrder
from chat_insights.rag.models import RagQueryLog
from chat_insights.users.models import User
from chat_insights.users.schemas import UserStore
from chat_insights.vector import service as vector_service


async def store_user(db: AsyncSession, payload: UserStore) -> tuple[User, bool]:
    """Create the user on first login; later logins only refresh the profile."""
    user = await db.get(User, payload.user_id)
    if user is not None:
        if payload.display_name:
            user.display_name = payload.display_name
            await db.commit()
        return user, False

    taken = await db.scalar(select(User.id).where(User.email == payload.email))
    if taken is not None:
        raise ConflictError("This email address is already registered")

    user = User(
        id=payload.user_id, email=payload.email, display_name=payload.display_name
    )
    db.add(user)
    await db.flush()
    await credits_service.add_credits_async(
        db, user, settings.signup_bonus_credits, kind="bonus", description="Welcome"
    )
    await db.commit()
    return user, True


async def delete_account(db: AsyncSession, user: User) -> int:
    """Hard-delete everything the user owns. Paid orders stay, anonymised."""
    result = await db.execute(
        select(Chat.id)
        .where(Chat.user_id == user.id)
        .execution_options(include_deleted=True)
    )
    chat_ids = list(result.scalars().all())

    for model in (Message, Insight, InsightJob, RagQueryLog):
        await db.execute(delete(model).where(model.chat_id.in_(chat_ids)))
    await db.execute(delete(Chat).where(Chat.user_id == user.id))
    await db.execute(
        delete(CreditTransaction).where(CreditTransaction.user_id == user.id)
    )
    await db.execute(
        update(PaymentOrder).where(PaymentOrder.user_id == user.id).values(user_id=None)
    )
    await db.execute(delete(User).where(User.id == user.id))
    await db.commit()

    for chat_id in chat_ids:
        await run_in_threadpool(vector_service.delete_chat_vectors, chat_id)
    return len(chat_ids)
