"""What is looked into when somebody searches, beside the products themselves."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchEntry(models.Model):
    """What can be found of one product: every text in every language, folded.

    A table of its own, because a sale writes to the product's row, and must not have
    to write to a full text index. `catalog.search.index` keeps it.
    """

    product = models.OneToOneField(
        "catalog.Product",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="search_entry",
    )
    # Whether shoppers may see the product: so matches are counted without a look at it.
    is_active = models.BooleanField()
    names = models.TextField()
    # SKU and barcode, one a line: as written, and without punctuation.
    keys = models.TextField()
    facts = models.TextField()
    texts = models.TextField()
    # PostgreSQL's: all of it as lexemes, each marked with where it stands (see
    # `catalog.search.postgresql`). Empty on SQLite, which looks into the texts.
    vector = SearchVectorField(null=True)

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return self.names


class SearchWord(models.Model):
    """A word of some name or attribute: what a misspelt word may have been meant as."""

    word = models.CharField(max_length=32, primary_key=True)

    class Meta:
        verbose_name = "search word"
        verbose_name_plural = "search words"

    def __str__(self) -> str:
        return self.word
