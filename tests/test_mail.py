"""The frame of letters: where their links lead, and what names can do in them."""

from typing import Any

import pytest
from django.utils import translation

from shop.mail import absolute_url, make_message, one_line

HOSTILE = '<b>Bobby</b> & "co"\r\nBcc: all@example.com'


@pytest.mark.parametrize(
    ("shop_url", "hosts", "https", "debug", "expected"),
    [
        (
            "https://duken.example",
            ["other.example"],
            True,
            False,
            "https://duken.example",
        ),
        ("https://duken.example", [], False, True, "https://duken.example"),
        ("", ["shop.example", "localhost"], True, False, "https://shop.example"),
        ("", ["shop.example"], False, False, "http://shop.example"),
        ("", ["*", ".shop.example"], True, False, "https://shop.example"),
        ("", ["*"], False, False, "http://localhost"),
        ("", ["localhost"], False, True, "http://localhost:8001"),
        ("", ["[::1]"], False, True, "http://[::1]:8001"),
    ],
)
def test_links_are_absolute(
    settings: Any,
    shop_url: str,
    hosts: list[str],
    https: bool,
    debug: bool,
    expected: str,
) -> None:
    settings.SHOP_URL, settings.ALLOWED_HOSTS = shop_url, hosts
    settings.HTTPS_ONLY, settings.DEBUG, settings.PORT = https, debug, 8001

    assert absolute_url("/cart/") == f"{expected}/cart/"


def reset_letter(**context: Any) -> Any:
    context = {"email": "a@example.com", "link": "http://x/", **context}
    return make_message(
        "a@example.com",
        subject=context.pop("subject", "Hello"),
        template="accounts/password_reset_email",
        context=context,
    )


def test_a_name_is_escaped_in_html_and_nowhere_else() -> None:
    with translation.override("en"):
        letter = reset_letter(email=HOSTILE, subject=HOSTILE)

    assert letter.subject == '<b>Bobby</b> & "co" Bcc: all@example.com'
    assert '<b>Bobby</b> & "co"' in letter.body
    html = letter.alternatives[0].content
    assert "&lt;b&gt;Bobby&lt;/b&gt; &amp; &quot;co&quot;" in html
    assert "<b>" not in html
    # One address, and no header that nobody wrote.
    sent = letter.message()
    assert (sent["To"], sent["Bcc"], sent["Cc"]) == ("a@example.com", None, None)


ENDS = ["\n", "\r\n", "\r", "\x00", "\x0b", "\x1c", "\x85", "\u2028"]


@pytest.mark.parametrize("end", ENDS)
def test_no_kind_of_line_break_is_left_in_a_line(end: str) -> None:
    # A price stays in one piece.
    assert one_line(f"a{end}b  1\N{NO-BREAK SPACE}₸{end}") == "a b 1\N{NO-BREAK SPACE}₸"


def test_the_seller_stands_below_as_far_as_it_is_set(settings: Any) -> None:
    settings.SHOP_NAME = "Дүкен & Co"
    settings.SHOP_SELLER_NAME, settings.SHOP_SELLER_BIN = "ИП <Алия>", "990101300123"
    settings.SHOP_SELLER_PHONE = "+77011234567"
    with translation.override("en"):
        letter = reset_letter()
    html = letter.alternatives[0].content

    end = "--\nДүкен & Co\nhttp://testserver/\nИП <Алия>\n"
    assert letter.body.endswith(f"{end}BIN/IIN: 990101300123\n+7 701 123 4567\n")
    assert "ИП &lt;Алия&gt;<br>BIN/IIN: 990101300123<br>+7 701 123 4567" in html
    assert ">Дүкен &amp; Co</a>" in html

    settings.SHOP_SELLER_NAME = settings.SHOP_SELLER_BIN = ""
    settings.SHOP_SELLER_PHONE = ""
    assert reset_letter().body.endswith("--\nДүкен & Co\nhttp://testserver/\n")


def test_nothing_in_a_letter_comes_from_the_network() -> None:
    with translation.override("ru"):
        html = reset_letter().alternatives[0].content

    assert html.startswith("<!doctype html>")
    assert 'lang="ru"' in html
    for tag in ("<img", "<script", "<link", "url(", "@import"):
        assert tag not in html
