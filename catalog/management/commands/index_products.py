from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from tqdm import tqdm

from catalog.models import Product
from catalog.services.searching import index_again


class Command(BaseCommand):
    help = "Write what products are found by once more, as after a new dictionary."

    def handle(self, *args: Any, **options: Any) -> None:
        products = Product.objects.all()
        with tqdm(total=products.count(), unit="", disable=None) as bar:
            done = index_again(products, bar.update)
        self.stdout.write(_("Products that can be found: %(n)s.") % {"n": done})
