"""From a letter's row to the e-mail."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from notifications.contents import Content, NothingToSay, read
from notifications.models import Letter
from notifications.services.choosing import unsubscribe_url
from shop.mail import make_message


def compose(letter: Letter) -> EmailMultiAlternatives:
    """The e-mail as it is to be sent now, in its reader's language.

    Raises NothingToSay.
    """
    if letter.is_old_news:
        raise NothingToSay("it is no news any more")
    known = letter.language in dict(settings.LANGUAGES)
    with translation.override(letter.language if known else settings.LANGUAGE_CODE):
        # The same at each attempt: mail servers drop a second letter of one id.
        headers = {"Message-ID": f"<{letter.pk}@{_domain()}>"}
        return as_message(read(letter), letter.recipient, headers)


def as_message(
    content: Content, to: str, headers: dict[str, str] | None = None
) -> EmailMultiAlternatives:
    """In the active language; with the way to refuse more, where there is one."""
    context = {**content.context}
    headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
    if content.reader:
        address = unsubscribe_url(content.reader, content.kind)
        context["unsubscribe_url"] = address
        # RFC 8058: mail programs show a button for it.
        headers["List-Unsubscribe"] = f"<{address}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return make_message(
        to,
        subject=content.subject,
        template=f"notifications/{content.kind}",
        context=context,
        headers=headers,
    )


def _domain() -> str:
    """Of the shop's own address, as it is usual."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2] or "localhost"
