"""Texts are cut where Telegram's limits, counted in UTF-16 units, want it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_bot.texts import length, shorten, split

TEXTS = st.text(alphabet="aя😀\n ", max_size=60)


@given(TEXTS, st.integers(2, 20))
def test_parts_fit_and_hold_everything(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    # Only the ends of lines at the cuts are missing.
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


@given(TEXTS, st.integers(2, 20))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert length(short) <= limit
    assert short == text or short.endswith("…")


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 5, []),
        ("abc", 5, ["abc"]),
        ("ab\ncd\nef", 5, ["ab\ncd", "ef"]),
        ("ab\ncd\nef", 4, ["ab", "cd", "ef"]),
        ("abcdefg", 3, ["abc", "def", "g"]),
        # An emoji has two units, and is never cut in two.
        ("😀😀😀", 5, ["😀😀", "😀"]),
        ("a\n\nb", 2, ["a\n", "b"]),
    ],
)
def test_where_a_text_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit) == parts


def test_the_limit_itself_fits() -> None:
    assert split("я" * 4096) == ["я" * 4096]
    assert split("я" * 4097) == ["я" * 4096, "я"]
    assert length("😀" * 2048) == 4096
    assert split("😀" * 2049) == ["😀" * 2048, "😀"]
