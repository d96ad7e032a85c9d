"""The chat: Claude decides what is wanted, FAL draws it, S3 keeps the pictures."""

import json
import logging
from typing import Any

import anthropic
import boto3
import fal_client
import requests
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import APIRouter, Depends, File, Form, HTTPException, UploadFile, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import settings
from app.database import get_async_session
from app.models import Conversation, Design, User, new_id
from app.schemas import (
    ChatMessage,
    ConversationRead,
    DesignRead,
    HomeDesignChatResponse,
)
from app.users import current_user

logger = logging.getLogger(__name__)

router = APIRouter()

claude_client = anthropic.Anthropic(
    api_key=settings.anthropic_api_key,
    base_url=settings.anthropic_base_url,
    max_retries=0,
)
s3_client = boto3.client(
    "s3",
    endpoint_url=settings.s3_endpoint_url,
    region_name=settings.s3_region,
    aws_access_key_id=settings.aws_access_key_id,
    aws_secret_access_key=settings.aws_secret_access_key,
)

INTENT_PROMPT = (
    "Decide what the user wants. Answer with JSON only: "
    '{"intent": "answer" | "choose_style" | "transform", "prompt": "..."}'
)
DESIGN_PROMPT = "You are an interior designer. Answer in at most three sentences."
STYLES = ["Scandinavian", "Japandi", "Industrial"]


def text_of(response: anthropic.types.Message) -> str:
    return "".join(block.text for block in response.content if block.type == "text")


def detect_intent(messages: list[dict[str, str]]) -> dict[str, str]:
    response = claude_client.messages.create(
        model=settings.claude_model,
        max_tokens=200,
        system=INTENT_PROMPT,
        messages=messages,
    )
    try:
        return json.loads(text_of(response))
    except json.JSONDecodeError:
        logger.warning("No JSON from Claude, taken as a question")
        return {"intent": "answer", "prompt": ""}


def image_url(key: str) -> str:
    return s3_client.generate_presigned_url(
        "get_object",
        Params={"Bucket": settings.s3_bucket, "Key": key},
        ExpiresIn=3600,
    )


def generate_design(prompt: str, image_key: str) -> str:
    """Draws the room anew. Returns the key of the new picture in S3."""
    handler = fal_client.submit(
        settings.fal_model,
        arguments={"prompt": prompt, "image_url": image_url(image_key)},
    )
    result: dict[str, Any] = handler.get(interval=settings.fal_poll_seconds)
    picture = requests.get(result["images"][0]["url"], timeout=30)
    picture.raise_for_status()
    key = f"designs/{new_id()}.png"
    s3_client.put_object(
        Bucket=settings.s3_bucket,
        Key=key,
        Body=picture.content,
        ContentType="image/png",
    )
    return key


async def get_conversation(
    conversation_id: str,
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
) -> Conversation:
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.user_id != user.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such conversation")
    return conversation


@router.post("/chat", response_model=HomeDesignChatResponse)
async def chat(
    message: str = Form(min_length=1),
    conversation_id: str | None = Form(None),
    image: UploadFile | None = File(None),
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
):
    """Say something, with or without a photo of the room."""
    if conversation_id:
        conversation = await get_conversation(conversation_id, user, session)
    else:
        conversation = Conversation(id=new_id(), user_id=user.id, messages=[])
        session.add(conversation)

    if image is not None:
        data = await image.read()
        if len(data) > settings.max_image_bytes:
            raise HTTPException(413, "The image is too large")
        conversation.image_key = f"uploads/{conversation.id}/{image.filename}"
        try:
            s3_client.put_object(
                Bucket=settings.s3_bucket,
                Key=conversation.image_key,
                Body=data,
                ContentType=image.content_type or "application/octet-stream",
            )
        except (BotoCoreError, ClientError) as exc:
            logger.error("Upload failed: %s", exc)
            raise HTTPException(502, "The image could not be stored") from exc

    messages = [*conversation.messages, {"role": "user", "content": message}]
    reply = HomeDesignChatResponse(
        conversation_id=conversation.id,
        message=ChatMessage(role="assistant", content=""),
    )
    try:
        intent = detect_intent(messages)
        if intent["intent"] == "choose_style":
            reply.type = "style_options"
            reply.message.content = "Which style do you like?"
            reply.options = [{"label": style} for style in STYLES]
        elif intent["intent"] == "transform" and conversation.image_key:
            key = generate_design(intent["prompt"], conversation.image_key)
            session.add(
                Design(
                    conversation_id=conversation.id,
                    prompt=intent["prompt"],
                    image_key=key,
                )
            )
            reply.type = "design_generated"
            reply.image_url = image_url(key)
            reply.message.content = f"Here is your room: {intent['prompt']}"
        else:
            response = claude_client.messages.create(
                model=settings.claude_model,
                max_tokens=600,
                system=f"{DESIGN_PROMPT} The user likes {user.style or 'all styles'}.",
                messages=messages,
            )
            reply.type = "text"
            reply.message.content = text_of(response)
    except (anthropic.APIError, requests.RequestException, ClientError) as exc:
        logger.error("Chat failed: %s", exc)
        raise HTTPException(502, "The designer is not available") from exc

    conversation.messages = [*messages, reply.message.model_dump()]
    await session.commit()
    return reply


@router.get("/conversations", response_model=list[ConversationRead])
async def list_conversations(
    user: User = Depends(current_user),
    session: AsyncSession = Depends(get_async_session),
):
    query = select(Conversation).where(Conversation.user_id == user.id)
    rows = await session.scalars(query.order_by(Conversation.created_at.desc()))
    return rows.all()


@router.get("/conversations/{conversation_id}", response_model=ConversationRead)
async def read_conversation(conversation: Conversation = Depends(get_conversation)):
    return conversation


@router.get("/conversations/{conversation_id}/designs", response_model=list[DesignRead])
async def list_designs(
    conversation: Conversation = Depends(get_conversation),
    session: AsyncSession = Depends(get_async_session),
):
    query = select(Design).where(Design.conversation_id == conversation.id)
    designs = (await session.scalars(query.order_by(Design.created_at))).all()
    return [
        DesignRead(
            id=design.id,
            prompt=design.prompt,
            image_url=image_url(design.image_key),
            created_at=design.created_at,
        )
        for design in designs
    ]


@router.delete("/conversations/{conversation_id}", status_code=204)
async def delete_conversation(
    conversation: Conversation = Depends(get_conversation),
    session: AsyncSession = Depends(get_async_session),
):
    query = select(Design).where(Design.conversation_id == conversation.id)
    for design in (await session.scalars(query)).all():
        s3_client.delete_object(Bucket=settings.s3_bucket, Key=design.image_key)
        await session.delete(design)
    if conversation.image_key:
        s3_client.delete_object(Bucket=settings.s3_bucket, Key=conversation.image_key)
    await session.delete(conversation)
    await session.commit()
