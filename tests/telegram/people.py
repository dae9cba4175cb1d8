"""People who write to the bot, and what they see."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.telegram.fake import FakeTelegram, Shown

Deliver = Callable[[dict[str, Any]], Any]
_updates = count(500_000)
_messages = count(10)
_chats = count(7_000_000_001)


class Person:
    """Somebody with a private chat; `deliver` brings what they do to the bot."""

    def __init__(
        self, telegram: FakeTelegram, deliver: Deliver, language: str = "en"
    ) -> None:
        self.telegram, self.deliver = telegram, deliver
        self.chat = next(_chats)
        self.sender = {
            "id": self.chat,
            "is_bot": False,
            "first_name": "Aliya",
            "username": f"aliya{self.chat}",
            "language_code": language,
        }
        self.where: dict[str, Any] = {"id": self.chat, "type": "private"}

    def message(self, text: str | None, **more: Any) -> dict[str, Any]:
        """The update of a message, not delivered yet."""
        message = {
            "message_id": next(_messages),
            "date": 1790000000,
            "chat": self.where,
            "from": self.sender,
            **({} if text is None else {"text": text}),
            **more,
        }
        return {"update_id": next(_updates), "message": message}

    def press(self, data: str, under: Shown | None = None) -> dict[str, Any]:
        """The update of a button that says this, not delivered yet."""
        update_id = next(_updates)
        under = under or Shown(self.chat, 1, "old", [])
        message: dict[str, Any] = {
            "message_id": under.message_id,
            "date": 1790000000,
            "chat": self.where,
            **({"photo": []} if under.is_photo else {"text": under.text}),
        }
        query = {
            "id": f"callback-{update_id}",
            "from": self.sender,
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        return {"update_id": update_id, "callback_query": query}

    def writes(self, text: str | None, **more: Any) -> str:
        """What the bot answered, all of it."""
        return self._hears(self.message(text, **more))

    def presses(self, label: str) -> str:
        """The button with this label, or that begins so, under the newest message."""
        shown = self.sees()
        buttons = [button for row in shown.keyboard for button in row]
        exact = [b for b in buttons if b["text"] == label]
        begun = [b for b in buttons if b["text"].startswith(label)]
        found = exact or begun
        assert found, f"no button {label!r} among {shown.labels}"
        return self._hears(self.press(found[0]["callback_data"], shown))

    def sees(self) -> Shown:
        return self.telegram.newest(self.chat)

    def toast(self) -> str:
        """What popped up over the last button."""
        told = [c for c in self.telegram.calls if c.method == "answerCallbackQuery"]
        return told[-1].text

    def _hears(self, update: dict[str, Any]) -> str:
        before = len(self.telegram.sent(self.chat))
        self.deliver(update)
        return "\n".join(self.telegram.sent(self.chat)[before:])
