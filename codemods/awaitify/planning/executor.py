"""Sizes the thread pool behind `asyncio.to_thread` where the application starts.

A loop's own pool has cpu + 4 threads; the one that ran `def` routes has 40, and bridged calls should not get fewer.
"""

from __future__ import annotations

from awaitify_transforms.edits import BridgeCall, InsertCode, ThreadBlock

from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.lifespan import Lifespan

THREADS = 40
SIZED = f"asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers={THREADS}))"


def size_executor(lifespan: Lifespan) -> None:
    """Notes the sizing when something is bridged through `asyncio.to_thread`."""
    files = lifespan.resolution.project.files
    if _bridges(lifespan.draft) and not any(b"set_default_executor" in file.source.text for file in files):
        lifespan.start.append(SIZED)
        lifespan.imports += [("asyncio", ""), ("concurrent.futures", "ThreadPoolExecutor")]


def unplaced(lifespan: Lifespan) -> list[Reason]:
    """What to do by hand where no place was found."""
    apps = lifespan.apps()
    place = (apps[0].file.source.relative, apps[0].line) if apps else ("", 0)
    found = []
    if lifespan.start:
        message = f"asyncio.to_thread has cpu + 4 threads here: call {SIZED} where the loop starts"
        found.append(Reason("executor", message, *place))
    if lifespan.end:
        message = f"no lifespan to close the clients in: add {'; '.join(lifespan.end)} where the application ends"
        found.append(Reason("client-close", message, *place))
    return found


def _bridges(draft: Draft) -> bool:
    edits = [edit for found in draft.edits.values() for edit in found]
    texts = [edit.code for edit in edits if isinstance(edit, InsertCode)]
    direct = any(isinstance(e, (BridgeCall, ThreadBlock)) and e.runner.endswith("to_thread") for e in edits)
    return direct or any("to_thread(" in text for text in texts)
