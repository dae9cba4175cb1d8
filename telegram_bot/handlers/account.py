"""Who is in this chat: welcome, signing in and out, language, help."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import RegisterForm
from accounts.models import User
from telegram_bot import services
from telegram_bot.exceptions import StaleButton
from telegram_bot.handlers.words import texts
from telegram_bot.keyboards import Keyboard, button, links
from telegram_bot.registry import commands, menu, on_button, on_command
from telegram_bot.talk import Talk

EMAIL_PASSWORD = gettext_lazy("e-mail password")


def is_turned_away(talk: Talk) -> bool:
    """Whether somebody is signed in here no more; they are told, and signed out."""
    user = talk.chat.user
    if user is None or talk.user is not None:
        return False
    services.unlink(talk.chat)
    if user.is_active:
        talk.say(_("Your password was changed, so you are signed out here: /login"))
    else:
        talk.say(_("Your account is switched off, so you are signed out here."))
    return True


def ask_to_sign_in(talk: Talk) -> None:
    talk.say(_how_to_sign_in(), [links(_("My account"), reverse("accounts:account"))])


@on_command("start", gettext_lazy("begin"))
def start(talk: Talk, code: str) -> None:
    """With a code of the account page: its user is signed in."""
    if code:
        _greet(talk, services.log_in_by_code(talk.chat, code))
        return
    welcome = _("Welcome to %(shop)s!") % {"shop": settings.SHOP_NAME}
    who = _you_are(talk.user) if talk.user else _how_to_sign_in()
    hint = _("Write what you are looking for, or choose:")
    talk.say(f"{welcome}\n{who}\n\n{hint}", _main_menu(talk))


@on_command("login", gettext_lazy("sign in"), EMAIL_PASSWORD, is_secret=True)
def login(talk: Talk, rest: str) -> None:
    given = rest.split()
    if len(given) != 2:
        say_usage(talk, "login")
        return
    _greet(talk, services.log_in(talk.chat, *given))


@on_command("register", gettext_lazy("open an account"), EMAIL_PASSWORD, is_secret=True)
def register(talk: Talk, rest: str) -> None:
    given = rest.split()
    if len(given) != 2:
        say_usage(talk, "register")
        return
    email, password = given
    if talk.user:
        # Also when this very message opened the account, and its answer was lost.
        how = _("To sign out: /logout")
        talk.say(f"{_you_are(talk.user)}\n{how}")
        return
    form = RegisterForm({"email": email, "password": password})
    if not form.is_valid():
        errors = [error for found in form.errors.values() for error in found]
        talk.say("\n".join(str(error) for error in errors))
        return
    _greet(talk, services.register(talk.chat, **form.cleaned_data))


@on_command("logout", gettext_lazy("sign out"))
def logout(talk: Talk, rest: str) -> None:
    if talk.user is None:
        ask_to_sign_in(talk)
        return
    services.unlink(talk.chat)
    talk.say(_("You are signed out here."))


@on_command("language", gettext_lazy("choose the language"))
def language(talk: Talk, rest: str) -> None:
    names = {code: _name_of(code) for code, _name in settings.LANGUAGES}
    if rest in names:
        _choose(talk, rest)
        return
    rows = [[button(name, "language", code)] for code, name in names.items()]
    talk.say(_("Choose the language:"), rows)


@on_button("language")
def language_chosen(talk: Talk, words: list[str]) -> None:
    [code] = texts(words, 1)
    if code not in dict(settings.LANGUAGES):
        raise StaleButton
    _choose(talk, code)


@on_command("help", gettext_lazy("what the bot can do"))
def help_(talk: Talk, rest: str) -> None:
    lines = [
        f"/{command.name} {command.usage}".strip() + f" — {command.what}"
        for command in menu()
    ]
    told = _("Anything else that you write is searched for in the catalog.")
    talk.say("\n".join([*lines, "", told]), _main_menu(talk))


@on_command("id")
def id_(talk: Talk, rest: str) -> None:
    """For whoever sets TELEGRAM_STAFF_CHAT_IDS."""
    talk.say(_("The number of this chat: %(n)s") % {"n": talk.chat.chat_id})


def say_usage(talk: Talk, name: str) -> None:
    command = commands[name]
    usage = f"/{name} {command.usage}"
    talk.say(_("Write it as: %(usage)s") % {"usage": usage})


def _greet(talk: Talk, user: User) -> None:
    # The account may have another language than the chat has had.
    translation.activate(services.language_of(talk.chat))
    talk.say(_you_are(user), _main_menu(talk))


def _choose(talk: Talk, code: str) -> None:
    services.choose_language(talk.chat, code)
    translation.activate(code)
    told = _("From now on the bot writes in this language.")
    talk.show(told, _main_menu(talk))


def _main_menu(talk: Talk) -> Keyboard:
    rows = [[button(_("Catalog"), "category", "-", 1), button(_("Cart"), "cart", 1)]]
    if talk.user:
        rows.append([button(_("My orders"), "orders", 1)])
    return rows


def _you_are(user: User) -> str:
    return _("You are signed in as %(email)s.") % {"email": user.email}


def _how_to_sign_in() -> str:
    login = f"/login {EMAIL_PASSWORD}"
    register = f"/register {EMAIL_PASSWORD}"
    return _(
        "To order, sign in by the link on the page of your account, or here:\n"
        "%(login)s\n"
        "No account yet:\n"
        "%(register)s"
    ) % {"login": login, "register": register}


def _name_of(code: str) -> str:
    """What a language is called by those who speak it."""
    info = translation.get_language_info(code)
    return str(info["name_local"]).capitalize()
