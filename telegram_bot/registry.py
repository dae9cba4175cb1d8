"""Which handler answers which command and which button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telegram_bot.talk import Talk

CommandHandler = Callable[[Talk, str], None]
ButtonHandler = Callable[[Talk, list[str]], None]


@dataclass(frozen=True)
class Command:
    """`what` is its line in the menu, `usage` what stands behind its name."""

    name: str
    handle: CommandHandler
    what: Any = ""
    usage: Any = ""
    # Its message may hold a password.
    is_secret: bool = False


commands: dict[str, Command] = {}
buttons: dict[str, ButtonHandler] = {}
_MENU = (
    "products", "product", "cart", "order", "orders", "cancel",
    "login", "register", "logout", "language", "help", "start",
)  # fmt: skip


def menu() -> list[Command]:
    """The commands in the order in which people read them."""
    return [commands[name] for name in _MENU]


def on_command(
    name: str, what: Any = "", usage: Any = "", *, is_secret: bool = False
) -> Callable[[CommandHandler], CommandHandler]:
    """The function is called with what stands behind the command."""

    def register(handle: CommandHandler) -> CommandHandler:
        commands[name] = Command(name, handle, what, usage, is_secret)
        return handle

    return register


def on_button(name: str) -> Callable[[ButtonHandler], ButtonHandler]:
    """The function is called with the words behind the button's first."""

    def register(handle: ButtonHandler) -> ButtonHandler:
        buttons[name] = handle
        return handle

    return register
