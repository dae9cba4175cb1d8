"""Letters: one frame around all of them, as HTML and as text."""

import re
import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.phones import display_phone

# Whatever a mail server, or the way to it, may raise.
MAIL_ERRORS = (smtplib.SMTPException, OSError)
# Line breaks of every kind, and what nobody sees.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

# Mail programs read style attributes and often nothing else, so each of these is said
# on the spot: `<p {{ css.soft }}>` has the style, and the class by which the sheet in
# templates/mail/base.html makes it dark.
STYLES = {
    "page": "margin:0;padding:0;background-color:#f1f2ef;color:#16201f;"
    "font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif;"
    "font-size:16px;line-height:1.5",
    "outer": "padding:24px 12px;background-color:#f1f2ef",
    "inner": "max-width:600px;margin:0 auto",
    "brand": "display:inline-block;margin:0 0 16px 4px;font-size:20px;font-weight:700;"
    "color:#00545f;text-decoration:none",
    "card": "padding:28px 28px 20px;background-color:#ffffff;border:1px solid #e1e4e0;"
    "border-radius:14px;word-break:break-word;overflow-wrap:anywhere",
    "h1": "margin:0 0 12px;font-size:24px;line-height:1.25;font-weight:700",
    "h2": "margin:28px 0 8px;font-size:17px;line-height:1.3;font-weight:700",
    "p": "margin:0 0 12px",
    "soft": "margin:0 0 12px;color:#53605f;font-size:14px",
    "sku": "color:#53605f;font-size:14px",
    "button": "display:inline-block;margin:8px 0 4px;padding:12px 22px;"
    "border-radius:10px;background-color:#006b78;color:#ffffff;font-weight:600;"
    "text-decoration:none",
    "link": "color:#006b78",
    "table": "width:100%;border-collapse:collapse;border-spacing:0",
    "left": "padding:10px 12px 10px 0;border-bottom:1px solid #e1e4e0;"
    "text-align:left;vertical-align:top;font-weight:400",
    "right": "padding:10px 0;border-bottom:1px solid #e1e4e0;text-align:right;"
    "vertical-align:top;white-space:nowrap;font-weight:400",
    "sum_left": "padding:6px 12px 0 0;text-align:left;vertical-align:top;"
    "font-weight:400",
    "sum_right": "padding:6px 0 0;text-align:right;vertical-align:top;"
    "white-space:nowrap",
    "total_left": "padding:10px 12px 0 0;text-align:left;font-weight:700;"
    "vertical-align:baseline",
    "total_right": "padding:10px 0 0;text-align:right;font-size:20px;font-weight:700;"
    "white-space:nowrap;vertical-align:baseline",
    "note": "margin:0 0 12px;padding:14px 16px;border-radius:10px;"
    "background-color:#f1f2ef",
    "footer": "margin:20px 4px 0;color:#53605f;font-size:13px;line-height:1.5",
}
CSS = {
    name: format_html('class="{}" style="{}"', name, style)
    for name, style in STYLES.items()
}


def base_url() -> str:
    """Where links in letters lead, without a slash at the end.

    SHOP_URL; or else the first of ALLOWED_HOSTS that is a name, by HTTPS_ONLY, with the
    port of `make run` where DEBUG says that it is a shop to try out.
    """
    if settings.SHOP_URL:
        return settings.SHOP_URL
    names = (host.lstrip(".") for host in settings.ALLOWED_HOSTS)
    host = next((name for name in names if name and name != "*"), "localhost")
    port = f":{settings.PORT}" if settings.DEBUG else ""
    return f"{'https' if settings.HTTPS_ONLY else 'http'}://{host}{port}"


def absolute_url(path: str) -> str:
    return base_url() + path


def one_line(text: str) -> str:
    """The text without line breaks: a name can neither add a header nor a paragraph."""
    return re.sub(" {2,}", " ", CONTROLS.sub(" ", text)).strip()


def make_message(
    to: str,
    *,
    subject: str,
    template: str,
    context: dict[str, Any],
    headers: dict[str, str] | None = None,
    home: str = "",
) -> EmailMultiAlternatives:
    """A letter in the active language, of `<template>.html` and `<template>.txt`.

    Texts are escaped in the HTML, and nowhere else. `home` is the shop's address, if
    not `base_url()`.
    """
    subject = one_line(subject)
    context = {
        "subject": subject,
        "language": get_language() or settings.LANGUAGE_CODE,
        "SHOP_NAME": settings.SHOP_NAME,
        "home": home or base_url(),
        "seller": _seller(),
        "css": CSS,
        **context,
    }
    text = _text(f"{template}.txt", context)
    html = render_to_string(f"{template}.html", context).strip()
    message = EmailMultiAlternatives(subject, text, to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _text(name: str, context: dict[str, Any]) -> str:
    # Django escapes in every template, also in one that makes plain text.
    template: Any = get_template(name)
    text = template.template.render(Context(context, autoescape=False))
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _seller() -> list[str]:
    """The lines about who sells, as far as they are set."""
    number = settings.SHOP_SELLER_BIN
    lines = (
        settings.SHOP_SELLER_NAME,
        f"{_('BIN/IIN')}: {number}" if number else "",
        settings.SHOP_SELLER_ADDRESS,
        display_phone(settings.SHOP_SELLER_PHONE),
        settings.SHOP_SELLER_EMAIL,
    )
    return [line for line in lines if line]
