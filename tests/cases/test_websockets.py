"""A websocket over a sync session blocks the loop for every message; it is repaired like a route."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

TALK = """
@app.websocket("/ws/{prefix}")
async def talk(websocket: WebSocket, prefix: str, db: Session = Depends(get_db)):
    await websocket.accept()
    while True:
        try:
            text = await websocket.receive_text()
        except WebSocketDisconnect:
            break
        item = db.query(Item).filter(Item.name == prefix + text).first()
        if item is None:
            item = Item(name=prefix + text)
            db.add(item)
            db.commit()
            db.refresh(item)
        await websocket.send_json({"id": item.id, "name": item.name})
"""
RUNNER = """
import json
from fastapi.testclient import TestClient
from app.main import app
with TestClient(app) as client, client.websocket_connect("/ws/a-") as socket:
    answers = []
    for text in ("x", "y", "x"):
        socket.send_text(text)
        answers.append(socket.receive_json())
print(json.dumps(answers))
"""


def talked(root: Path) -> list[dict[str, object]]:
    (root / "app.db").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", RUNNER], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_websocket_is_repaired_and_answers_as_before(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", app(TALK, "from fastapi import WebSocket, WebSocketDisconnect"))
    before = talked(root)
    result = converted(root)
    assert outcomes(result) == {"WS /ws/{prefix}": "repaired"}
    assert talked(root) == before == [{"id": 1, "name": "a-x"}, {"id": 2, "name": "a-y"}, {"id": 1, "name": "a-x"}]
