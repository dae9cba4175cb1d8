"""What of a product can be found, and how much it counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.search.words import piece_of, squashed, words_of
from catalog.specs import LANGUAGES, SpecField

# A vector holds a megabyte at most, and nobody finds what stands further down.
LONGEST_TEXT = 40_000
_PLAIN = (str, int, float)


@dataclass(slots=True)
class Document:
    """A product as search knows it. Texts by language are words, one space between."""

    product_id: UUID
    number: int
    is_active: bool
    names: str
    keys: list[str]
    name: dict[str, str]
    fact: dict[str, str]
    text: dict[str, str]

    @classmethod
    def of(cls, product: Any, fields: dict[str, SpecField]) -> "Document":
        """`fields` are those of the product's template."""
        names = [getattr(product, f"name_{code}") or "" for code in LANGUAGES]
        texts = [getattr(product, f"description_{code}") or "" for code in LANGUAGES]
        facts = [_facts(product.attributes, fields, code) for code in LANGUAGES]
        return cls(
            product.pk,
            product.number,
            # A migration hands over products of before there were hidden categories.
            product.is_active and not getattr(product, "is_hidden", False),
            # Names without a translation repeat nothing.
            piece_of(" ".join(dict.fromkeys(filter(None, names)))),
            list(dict.fromkeys(_keys(product))),
            _by_language(names),
            _by_language(facts),
            _by_language(texts),
        )

    @property
    def key_lines(self) -> str:
        """Each key between line ends, which no key contains."""
        return "\n".join(["", *self.keys, ""])

    @property
    def facts(self) -> str:
        return " ".join(filter(None, self.fact.values()))

    @property
    def texts(self) -> str:
        return " ".join(filter(None, self.text.values()))


def _keys(product: Any) -> Iterator[str]:
    """SKU and barcode, as written and without punctuation."""
    for key in (product.sku, product.barcode):
        yield from filter(None, (piece_of(key), squashed(key)))


def _by_language(texts: list[str]) -> dict[str, str]:
    return {
        code: " ".join(words_of(text[:LONGEST_TEXT]))
        for code, text in zip(LANGUAGES, texts, strict=True)
    }


def _facts(attributes: dict[str, Any], fields: dict[str, SpecField], code: str) -> str:
    """The attributes' values as the language says them; of a yes, what it is about."""
    said: list[str] = []
    for key, value in attributes.items():
        spec = fields.get(key) or SpecField(key, "string")
        if spec.type == "url":
            continue
        for item in value if isinstance(value, list) else [value]:
            if item is True:
                said.append(spec.labels.get(code) or spec.labels.get("") or key)
            elif isinstance(item, _PLAIN) and item is not False:
                said += _value(spec, item, code)
    return " ".join(said)


def _value(spec: SpecField, value: Any, code: str) -> list[str]:
    texts = [str(value).removesuffix(".0")]
    label = spec.choice_labels.get(str(value), {}).get(code)
    if isinstance(label, str):
        texts.append(label)
    if unit := spec.units.get(code) or spec.units.get(""):
        texts.append(unit)
    return texts
