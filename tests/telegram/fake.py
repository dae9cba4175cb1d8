"""A Bot API server on this machine, as strict as Telegram's own where it matters.

It keeps what a chat shows, hands out updates that were queued, and breaks on demand.
"""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "123456:AAE-secret_of_the_tests-x9f2"
USERNAME = "duken_test_bot"
# getUpdates answers at once after so long, whatever the bot asks for, seconds.
LONGEST_POLL = 2


@dataclass
class Call:
    """One call of the bot, as the server read it."""

    method: str
    params: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.params.get("text") or self.params.get("caption") or ""

    @property
    def chat(self) -> int:
        return int(self.params.get("chat_id", 0))


@dataclass
class Shown:
    """A message as a chat shows it."""

    chat: int
    message_id: int
    text: str
    keyboard: list[list[dict[str, str]]]
    is_photo: bool = False

    @property
    def labels(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.keyboard]


class Refusal(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.answer = {
            "ok": False,
            "error_code": code,
            "description": description,
            **({"parameters": parameters} if parameters else {}),
        }


def too_many(seconds: int) -> Refusal:
    text = f"Too Many Requests: retry after {seconds}"
    return Refusal(429, text, retry_after=seconds)


def blocked() -> Refusal:
    return Refusal(403, "Forbidden: bot was blocked by the user")


def broken() -> Refusal:
    return Refusal(500, "Internal Server Error")


class FakeTelegram:
    """`calls` are what the bot asked for, without getUpdates."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.polls: list[Call] = []
        self.messages: dict[tuple[int, int], Shown] = {}
        self.updates: deque[dict[str, Any]] = deque()
        self.webhook: dict[str, str] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        # By method: what is said instead of an answer, first come first served.
        self.faults: dict[str, deque[Any]] = {}
        self._changed = threading.Condition()
        self._poller: object = None
        self._is_closed = False
        self._ids = 1000
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # the bot has been killed
                    self.close_connection = True

            timeout = 30
            # Head and body leave as one: two small parts wait for each other (Nagle).
            wbufsize = -1

            def do_POST(self) -> None:
                fake._serve(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(self, method: str, *faults: Any) -> None:
        """The next calls are answered so: a Refusal, raw bytes, or seconds of sleep."""
        self.faults.setdefault(method, deque()).extend(faults)

    def queue(self, *updates: dict[str, Any]) -> None:
        """Handed out by getUpdates until they are confirmed."""
        with self._changed:
            self.updates.extend(updates)
            numbers = [update["update_id"] for update in self.updates]
            assert numbers == sorted(numbers), "Telegram's numbers rise"
            self._changed.notify_all()

    def sent(self, chat: int, *methods: str) -> list[str]:
        """The texts of the calls that wrote to the chat."""
        wanted = methods or ("sendMessage", "sendPhoto", "editMessageText")
        return [
            call.text
            for call in list(self.calls)
            if call.method in wanted and call.chat == chat
        ]

    def methods(self) -> list[str]:
        return [call.method for call in list(self.calls)]

    def newest(self, chat: int) -> Shown:
        """The lowest message of the chat."""
        return max(
            (shown for shown in self.messages.values() if shown.chat == chat),
            key=lambda shown: shown.message_id,
        )

    def new_id(self) -> int:
        with self._changed:
            self._ids += 1
            return self._ids

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(length)
        path = urlsplit(handler.path)
        assert not path.query, "Telegram's servers refuse long addresses"
        bot, _slash, method = path.path.removeprefix("/bot").partition("/")
        params, files = _read_body(handler.headers["Content-Type"] or "", body)
        call = Call(method, params, files)
        (self.polls if method == "getUpdates" else self.calls).append(call)
        raw: bytes | None = None
        try:
            if bot != TOKEN:
                raise Refusal(401, "Unauthorized")
            raw = self._break(method)
            answer = {"ok": True, "result": self._answer(call)} if raw is None else {}
        except Refusal as refusal:
            answer = refusal.answer
        code = answer.get("error_code", 200)
        data = json.dumps(answer).encode() if raw is None else raw
        if raw is not None:
            code = 502
        try:
            handler.send_response(code)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:  # the bot has been killed, or has waited long enough
            handler.close_connection = True

    def _break(self, method: str) -> bytes | None:
        faults = self.faults.get(method)
        fault = faults.popleft() if faults else None
        if isinstance(fault, Refusal):
            raise fault
        if isinstance(fault, int | float):
            time.sleep(fault)
            return None
        return fault

    def _answer(self, call: Call) -> Any:
        method = getattr(self, f"_{call.method}", None)
        if method is None:
            raise Refusal(404, "Not Found")
        return method(call)

    def _getMe(self, call: Call) -> Any:
        return {"id": 123456, "is_bot": True, "first_name": "D", "username": USERNAME}

    def _getUpdates(self, call: Call) -> Any:
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use"
                " deleteWebhook to delete the webhook first",
            )
        offset = int(call.params.get("offset", 0))
        seconds = min(int(call.params.get("timeout", 0)), LONGEST_POLL)
        deadline = time.monotonic() + seconds
        with self._changed:
            self._poller = call
            self._changed.notify_all()
            while self.updates and self.updates[0]["update_id"] < offset:
                self.updates.popleft()
            while not self.updates and not self._is_closed:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
                if self._poller is not call:
                    raise Refusal(
                        409,
                        "Conflict: terminated by other getUpdates request; make sure"
                        " that only one bot instance is running",
                    )
            return list(self.updates)[: int(call.params.get("limit", 100))]

    def _sendMessage(self, call: Call) -> Any:
        return self._new(call, _checked(call.params.get("text", ""), 4096))

    def _sendPhoto(self, call: Call) -> Any:
        if "photo" not in call.files and not call.params.get("photo"):
            raise Refusal(400, "Bad Request: there is no photo in the request")
        caption = call.params.get("caption", "")
        return self._new(call, caption and _checked(caption, 1024), is_photo=True)

    def _editMessageText(self, call: Call) -> Any:
        shown = self._found(call)
        if shown.is_photo:
            text = "Bad Request: there is no text in the message to edit"
            raise Refusal(400, text)
        self._edit(shown, _checked(call.params["text"], 4096), _keyboard(call))
        return True

    def _editMessageReplyMarkup(self, call: Call) -> Any:
        shown = self._found(call)
        self._edit(shown, shown.text, _keyboard(call))
        return True

    def _deleteMessage(self, call: Call) -> Any:
        # The messages of people are none of ours, and always there.
        self.messages.pop((call.chat, int(call.params["message_id"])), None)
        return True

    def _answerCallbackQuery(self, call: Call) -> Any:
        if len(call.params.get("text", "")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        return True

    def _setMyCommands(self, call: Call) -> Any:
        language = call.params.get("language_code", "")
        commands = json.loads(call.params["commands"])
        for command in commands:
            assert 0 < len(command["description"]) <= 256
        self.commands[language] = commands
        return True

    def _setWebhook(self, call: Call) -> Any:
        self.webhook = {
            "url": call.params["url"],
            "secret_token": call.params["secret_token"],
            "allowed_updates": call.params["allowed_updates"],
        }
        return True

    def _deleteWebhook(self, call: Call) -> Any:
        self.webhook = {}
        return True

    def _new(self, call: Call, text: str, *, is_photo: bool = False) -> Any:
        shown = Shown(call.chat, self.new_id(), text, _keyboard(call), is_photo)
        self.messages[shown.chat, shown.message_id] = shown
        return {
            "message_id": shown.message_id,
            "date": 1790000000,
            "chat": {"id": shown.chat, "type": "private"},
            "text": text,
        }

    def _found(self, call: Call) -> Shown:
        shown = self.messages.get((call.chat, int(call.params["message_id"])))
        if shown is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        return shown

    def _edit(self, shown: Shown, text: str, keyboard: Any) -> None:
        if (shown.text, shown.keyboard) == (text, keyboard):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content"
                " and reply markup are exactly the same as a current content and reply"
                " markup of the message",
            )
        shown.text, shown.keyboard = text, keyboard


def _checked(text: str, limit: int) -> str:
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def _keyboard(call: Call) -> list[list[dict[str, str]]]:
    rows = json.loads(call.params.get("reply_markup") or "{}").get("inline_keyboard")
    for button in [button for row in rows or [] for button in row]:
        if not button["text"]:
            raise Refusal(400, "Bad Request: text buttons are unallowed")
        if len(button.get("callback_data", "").encode()) > 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and "." not in (urlsplit(button["url"]).hostname or ""):
            raise Refusal(400, "Bad Request: BUTTON_URL_INVALID")
    if sum(map(len, rows or [])) > 100:
        raise Refusal(400, "Bad Request: BUTTON_COUNT_INVALID")
    return rows or []


def _read_body(kind: str, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    if not kind.startswith("multipart/"):
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=False)
        return dict(pairs), {}
    whole = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\n\n" + body)
    params: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        if name is None:
            continue
        content: Any = part.get_payload(decode=True)
        if part.get_filename():
            files[str(name)] = content
        else:
            params[str(name)] = content.decode()
    return params, files
