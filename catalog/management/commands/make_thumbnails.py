from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext
from tqdm import tqdm

from catalog.models import ProductImage
from catalog.services.thumbnails import make_missing_thumbnails, retry_thumbnails


class Command(BaseCommand):
    help = (
        "Make all thumbnails that are missing, at once; those that failed are tried "
        "again. (The schedule makes some every minute.)"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        retry_thumbnails()
        missing = ProductImage.objects.without_thumbnails()
        total = missing.values("file").distinct().count()
        with tqdm(total=total, disable=None, leave=False) as bar:
            while make_missing_thumbnails(limit=1):
                bar.update()
        n = missing.count()
        text = ngettext(
            "%(n)d picture is without thumbnails.",
            "%(n)d pictures are without thumbnails.",
            n,
        )
        self.stdout.write(text % {"n": n})
