"""One identifier gets another name: a name, the last part of an attribute, an imported name, a keyword.

Why: names follow their meaning (`get_db` -> `get_async_db`, `Session` -> `AsyncSession`).

Before:

    def read(db: Session = Depends(get_db)): ...

After:

    def read(db: AsyncSession = Depends(get_async_db)): ...

It will not rename what the plan does not point at: each occurrence is an edit of its own.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import Rename

NODES = (cst.Name,)


def apply(node: cst.Name, edit: Rename, context: Context) -> cst.Name:
    """Raises TransformError when the new name is not an identifier."""
    if not edit.new.isidentifier():
        raise TransformError(f"not an identifier: {edit.new}")
    return node.with_changes(value=edit.new)
