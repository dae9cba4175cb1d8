"""Primary keys: UUIDs of version 7 (RFC 9562), so that new rows sort last."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A fresh time-ordered UUID."""
    return uuid7()
