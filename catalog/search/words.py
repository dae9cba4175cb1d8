"""Texts and queries as words, and words typed in the wrong keyboard layout."""

import re
from unicodedata import normalize

from catalog.text import folded

# Longer ones are no words; both sides are cut alike, so that they still meet.
LONGEST_WORD = 64
# Letters and digits. A number is a word of its own: "256гб" is "256 гб".
_WORD = re.compile(r"(?<![^\W\d_])\d+|[^\W_]+")

_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_DIGIT_KEYS, _KAZAKH = "2345890-=", "әіңғүұқөһ"
_TO_RUSSIAN = str.maketrans(_KEYS, _RUSSIAN)
_TO_KAZAKH = _TO_RUSSIAN | str.maketrans(_DIGIT_KEYS, _KAZAKH)
_PUNCTUATION = set("ёхъжэбю")
_TO_LATIN = str.maketrans(_RUSSIAN + _KAZAKH, _KEYS + _DIGIT_KEYS)


def words_of(text: str) -> list[str]:
    """The words of a text, folded: letters and digits alone."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(_plain(text))]


def piece_of(text: str) -> str:
    """The text folded with its punctuation, as SKUs and parts of words need it."""
    # A lone surrogate cannot even be asked about.
    return _plain(text).encode(errors="ignore").decode()


def squashed(text: str) -> str:
    """The text's letters and digits alone: LPT-1001 and lpt 1001 are one."""
    return "".join(words_of(text))


def retyped(text: str) -> list[str]:
    """What was meant if the keyboard stood on another language: ghbynth is принтер."""
    text = piece_of(text)
    if re.search("[a-z]", text):
        meant = [text.translate(_TO_RUSSIAN), text.translate(_TO_KAZAKH)]
    elif set(text) & _PUNCTUATION:
        # Nobody who means Latin letters hits the keys of these.
        meant = []
    else:
        meant = [text.translate(_TO_LATIN)]
    return [other for other in dict.fromkeys(meant) if len(other) > 2 and other != text]


def _plain(text: str) -> str:
    return folded(normalize("NFKC", text))
