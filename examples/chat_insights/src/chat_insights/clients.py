"""Stand-ins for the Qdrant and Gemini SDK clients.

Same shape as the real (synchronous) SDKs: each call blocks for a network round
trip. They keep everything in memory and give the same answer each time.
"""

import hashlib
import math
import re
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache

from chat_insights.config import settings
from chat_insights.exceptions import ContentBlockedError

EMBEDDING_SIZE = 64
BLOCKED_MARKER = "[[unsafe]]"


def _simulate_latency() -> None:
    time.sleep(settings.external_latency_ms / 1000)


@dataclass
class Point:
    id: str
    vector: list[float]
    payload: dict = field(default_factory=dict)


@dataclass
class ScoredPoint:
    id: str
    score: float
    payload: dict


class QdrantClient:
    def __init__(self) -> None:
        self._collections: dict[str, dict[str, Point]] = {}
        self._lock = threading.Lock()

    def upsert(self, collection: str, points: list[Point]) -> int:
        _simulate_latency()
        with self._lock:
            stored = self._collections.setdefault(collection, {})
            for point in points:
                stored[point.id] = point
        return len(points)

    def search(
        self, collection: str, vector: list[float], limit: int
    ) -> list[ScoredPoint]:
        _simulate_latency()
        with self._lock:
            points = list(self._collections.get(collection, {}).values())
        scored = [
            ScoredPoint(
                id=point.id,
                score=sum(a * b for a, b in zip(vector, point.vector)),
                payload=point.payload,
            )
            for point in points
        ]
        scored.sort(key=lambda hit: (-hit.score, hit.id))
        return scored[:limit]

    def count(self, collection: str) -> int:
        _simulate_latency()
        with self._lock:
            return len(self._collections.get(collection, {}))

    def delete_collection(self, collection: str) -> bool:
        _simulate_latency()
        with self._lock:
            return self._collections.pop(collection, None) is not None


class GeminiClient:
    model_name = "gemini-fake-1"

    def embed(self, text: str) -> list[float]:
        _simulate_latency()
        return self._embed(text)

    def embed_batch(self, texts: list[str]) -> list[list[float]]:
        _simulate_latency()
        return [self._embed(text) for text in texts]

    def generate(self, prompt: str, context: list[str]) -> str:
        _simulate_latency()
        if BLOCKED_MARKER in prompt:
            raise ContentBlockedError("The prompt was blocked by the safety filter")
        if not context:
            return "I could not find anything about that in this chat."
        return f"Based on {len(context)} excerpts: {context[0]}"

    @staticmethod
    def _embed(text: str) -> list[float]:
        vector = [0.0] * EMBEDDING_SIZE
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.md5(word.encode()).digest()
            vector[digest[0] % EMBEDDING_SIZE] += 1.0
        norm = math.sqrt(sum(value * value for value in vector)) or 1.0
        return [value / norm for value in vector]


@lru_cache
def get_qdrant_client() -> QdrantClient:
    return QdrantClient()


@lru_cache
def get_gemini_client() -> GeminiClient:
    return GeminiClient()
