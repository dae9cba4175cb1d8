"""One message or button of a person, and what the bot answers to it.

Handlers collect their answers here. They are sent once the handler has ended, so no
handler waits for Telegram, and the same answers leave however the update came.
"""

from dataclasses import dataclass, field

from django.utils.functional import cached_property

from accounts.models import User
from cart.services import Cart
from catalog.models import ProductImage
from telegram_bot.incoming import Incoming
from telegram_bot.keyboards import Keyboard
from telegram_bot.models import Chat
from telegram_bot.services import visitor_key


@dataclass(frozen=True)
class Say:
    """A new message."""

    text: str
    keyboard: Keyboard | None = None


@dataclass(frozen=True)
class Show:
    """The message of the pressed button becomes this one."""

    text: str
    keyboard: Keyboard | None = None


@dataclass(frozen=True)
class ShowKeyboard:
    """The message of the pressed button has these buttons now."""

    keyboard: Keyboard


@dataclass(frozen=True)
class Picture:
    """A new message with a picture, if there is one and Telegram takes it."""

    image: ProductImage | None
    text: str
    keyboard: Keyboard | None = None


Answer = Say | Show | ShowKeyboard | Picture


@dataclass
class Talk:
    chat: Chat
    incoming: Incoming
    answers: list[Answer] = field(default_factory=list)
    # What pops up over the pressed button.
    told: str = ""

    @property
    def user(self) -> User | None:
        """Who is signed in here."""
        return self.chat.account

    @cached_property
    def cart(self) -> Cart:
        """The account's, or the chat's own until somebody signs in."""
        if self.user:
            return Cart.of_user(self.user)
        return Cart(f"anon:{visitor_key(self.chat)}")

    def say(self, text: object, keyboard: Keyboard | None = None) -> None:
        self.answers.append(Say(str(text), keyboard))

    def show(self, text: object, keyboard: Keyboard | None = None) -> None:
        """In place of the message whose button was pressed; else as a new one."""
        answer = Show if self.incoming.is_text else Say
        self.answers.append(answer(str(text), keyboard))

    def show_keyboard(self, keyboard: Keyboard) -> None:
        self.answers.append(ShowKeyboard(keyboard))

    def picture(
        self, image: ProductImage | None, text: str, keyboard: Keyboard
    ) -> None:
        self.answers.append(Picture(image, text, keyboard))

    def tell(self, text: object) -> None:
        """Over the pressed button; to a command, as a message."""
        if self.incoming.kind == "button":
            self.told = str(text)
        else:
            self.say(text)
