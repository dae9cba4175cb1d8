"""What stands in a button, read with care: it may be old, or somebody's own making."""

from uuid import UUID

from telegram_bot.exceptions import StaleButton

# More digits do not fit into a BIGINT.
MAX_DIGITS = 18


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


def numbers(words: list[str], count: int) -> list[int]:
    """So many whole numbers."""
    if len(words) != count or not all(map(is_number, words)):
        raise StaleButton
    return [int(word) for word in words]


def texts(words: list[str], count: int) -> list[str]:
    if len(words) != count:
        raise StaleButton
    return words


def as_id(text: str) -> UUID:
    """An id as buttons carry it: 32 digits."""
    try:
        return UUID(hex=text)
    except ValueError:
        raise StaleButton from None
