"""What an update of Telegram's says to the bot.

Read from the JSON itself: only these few fields are of interest, and whatever else
Telegram adds to its messages must not keep anybody from being heard.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

# As Telegram writes them; some groups are called by theirs and the bot's name.
_COMMAND = re.compile(r"/(\w{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.ASCII | re.DOTALL)
MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Incoming:
    """A message, a pressed button, or news of whether the bot may write here."""

    update_id: int
    chat_id: int
    kind: Literal["message", "button", "membership"]
    is_private: bool
    # How the person, or the group, is called.
    name: str = ""
    # The language of the person's Telegram, as it says it: `ru`, `en-US`, or nothing.
    language: str = ""
    # The message, or the one that the button stands under.
    message_id: int | None = None
    # May be a password: in no log, and in no report of an error.
    text: str = field(default="", repr=False)
    # Whether the message of the button can become another text.
    is_text: bool = False
    callback_id: str = ""
    data: str = ""
    # Whether the bot may write here from now on.
    is_welcome: bool = True

    @property
    def command(self) -> tuple[str, str, str] | None:
        """The command in small letters, its bot (empty: any), and what follows."""
        found = _COMMAND.fullmatch(self.text.strip())
        if found is None:
            return None
        name, bot, rest = found.groups(default="")
        return name.lower(), bot, rest.strip()


def read_update(raw: Any) -> Incoming | None:
    """The update, or None for one that is of no interest or not Telegram's."""
    if not isinstance(raw, dict) or not _is_id(raw.get("update_id")):
        return None
    update_id = raw["update_id"]
    if message := _dict(raw, "message"):
        return _message(update_id, message)
    if query := _dict(raw, "callback_query"):
        return _button(update_id, query)
    if change := _dict(raw, "my_chat_member"):
        return _membership(update_id, change)
    return None


def _message(update_id: int, message: dict[str, Any]) -> Incoming | None:
    chat, sender = _dict(message, "chat"), _dict(message, "from")
    if not _is_id(chat.get("id")) or sender.get("is_bot"):
        return None
    return Incoming(
        update_id,
        chat["id"],
        "message",
        message_id=_id(message, "message_id"),
        text=_text(message, "text"),
        **_about(chat, sender),
    )


def _button(update_id: int, query: dict[str, Any]) -> Incoming | None:
    message = _dict(query, "message")
    chat, sender = _dict(message, "chat"), _dict(query, "from")
    if not _is_id(chat.get("id")) or not _text(query, "id"):
        return None
    return Incoming(
        update_id,
        chat["id"],
        "button",
        message_id=_id(message, "message_id"),
        # Of a message that is too old there is no text, and it cannot be edited.
        is_text=bool(_text(message, "text")),
        callback_id=_text(query, "id"),
        data=_text(query, "data"),
        **_about(chat, sender),
    )


def _membership(update_id: int, change: dict[str, Any]) -> Incoming | None:
    chat, sender = _dict(change, "chat"), _dict(change, "from")
    if not _is_id(chat.get("id")):
        return None
    status = _text(_dict(change, "new_chat_member"), "status")
    return Incoming(
        update_id,
        chat["id"],
        "membership",
        is_welcome=status not in {"kicked", "left"},
        **_about(chat, sender),
    )


def _about(chat: dict[str, Any], sender: dict[str, Any]) -> dict[str, Any]:
    # Only people have numbers above zero.
    is_private = chat.get("type", "private") == "private" and chat["id"] > 0
    names = [_text(sender, "first_name"), _text(sender, "last_name")]
    if username := _text(sender, "username"):
        names.append(f"@{username}")
    name = " ".join(filter(None, names)) if is_private else _text(chat, "title")
    return {
        "is_private": is_private,
        "name": name[:150],
        "language": _text(sender, "language_code"),
    }


def _is_id(value: Any) -> bool:
    return type(value) is int and -MAX_ID <= value <= MAX_ID


def _id(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    return value if _is_id(value) else None


def _dict(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _text(data: dict[str, Any], key: str) -> str:
    """Without what no database stores: NUL, and halves of signs."""
    value = data.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
