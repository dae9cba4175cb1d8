"""Text that is searched and text that stands in addresses."""

from slugify import slugify

# What the transliteration table of slugify does not know, or writes unreadably.
_KAZAKH = [
    ("ә", "a"), ("ғ", "g"), ("қ", "q"), ("ң", "n"), ("ө", "o"), ("ұ", "u"), ("ү", "u"),
    ("һ", "h"), ("і", "i"), ("Ә", "a"), ("Ғ", "g"), ("Қ", "q"), ("Ң", "n"), ("Ө", "o"),
    ("Ұ", "u"), ("Ү", "u"), ("Һ", "h"), ("І", "i"),
]  # fmt: skip


def folded(text: str) -> str:
    """The text for comparing: one letter case in every alphabet, and ё is е.

    Done here and stored, because SQLite folds the case of ASCII letters only.
    """
    return " ".join(text.replace("\0", " ").casefold().replace("ё", "е").split())


def address_part(text: str, limit: int = 80) -> str:
    """The text as part of an address: Latin letters, digits and hyphens, maybe ''."""
    # Named, or it would look for another transliteration table at every call.
    return slugify(
        text,
        max_length=limit,
        word_boundary=True,
        replacements=_KAZAKH,
        backend="text-unidecode",
    )
