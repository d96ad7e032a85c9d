"""The agent behind the chat: a LangGraph that answers, or writes test cases."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from sqlmodel import Session

from ai.llm import complete
from app import crud
from app.core.db import engine
from app.models import ArtifactType, ProjectArtifact

INTENT_PROMPT = "Does the user want TEST_CASES or an ANSWER? Reply with one word."
ANSWER_PROMPT = "You are a test engineer. Answer briefly."
TEST_CASE_PROMPT = "Write one test case a line for what the user describes."


class ConversationState(TypedDict, total=False):
    project_id: str | None
    history: list[dict[str, str]]
    message: str
    intent: str
    response: str
    artifacts: list[str]


def detect_intent(state: ConversationState) -> dict[str, Any]:
    word = complete(INTENT_PROMPT, state["message"]).strip().upper()
    return {"intent": "test_cases" if "TEST" in word else "answer"}


def answer(state: ConversationState) -> dict[str, Any]:
    lines = [f"{turn['role']}: {turn['content']}" for turn in state["history"]]
    text = "\n".join([*lines, f"user: {state['message']}"])
    return {"response": complete(ANSWER_PROMPT, text), "artifacts": []}


def generate_test_cases(state: ConversationState) -> dict[str, Any]:
    """Writes test cases into the project, in a session of its own."""
    lines = complete(TEST_CASE_PROMPT, state["message"]).splitlines()
    titles = [line.strip("-* ") for line in lines if line.strip()]
    project_id = state.get("project_id")
    if project_id:
        with Session(engine) as session:
            for title in titles:
                session.add(
                    ProjectArtifact(
                        project_id=uuid.UUID(project_id),
                        type=ArtifactType.TEST_CASE,
                        title=title,
                    )
                )
            session.commit()
    return {"response": f"I wrote {len(titles)} test cases.", "artifacts": titles}


def route(state: ConversationState) -> Literal["generate_test_cases", "answer"]:
    return "generate_test_cases" if state["intent"] == "test_cases" else "answer"


def build_graph():
    graph = StateGraph(ConversationState)
    graph.add_node("detect_intent", detect_intent)
    graph.add_node("answer", answer)
    graph.add_node("generate_test_cases", generate_test_cases)
    graph.add_edge(START, "detect_intent")
    graph.add_conditional_edges("detect_intent", route)
    graph.add_edge("answer", END)
    graph.add_edge("generate_test_cases", END)
    return graph.compile()


graph = build_graph()


def event(kind: str, **data: Any) -> str:
    return f"data: {json.dumps({'type': kind, **data})}\n\n"


async def stream_agent_response(
    db: Session,
    session_id: uuid.UUID,
    project_id: uuid.UUID | None,
    message: str,
    history: list[dict[str, str]],
) -> AsyncIterator[str]:
    """Server-sent events: a status, the words of the answer, the stored message."""
    yield event("status", text="thinking")
    conversation_state: ConversationState = {
        "project_id": str(project_id) if project_id else None,
        "history": history,
        "message": message,
    }
    result = graph.invoke(conversation_state)
    for word in result["response"].split():
        yield event("token", text=word)
        await asyncio.sleep(0)
    stored = crud.chat_message.append(db, session_id, "assistant", result["response"])
    yield event("done", message_id=str(stored.id), artifacts=result["artifacts"])
