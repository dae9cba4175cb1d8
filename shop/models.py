"""The ground's only table."""

from django.db import models


class Sequence(models.Model):
    """The last number given out for a table, where the database keeps no sequences.

    SQLite alone uses it: a maximum would give the number of a deleted row once more.
    """

    table = models.CharField(max_length=64, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.table}: {self.last}"
