"""Old addresses are kept: written down with the change that makes them old."""

from catalog.models import Category, OldAddress, Product

KINDS = {Product: OldAddress.Kind.PRODUCT, Category: OldAddress.Kind.CATEGORY}


def keep_address(owner: Product | Category, slug: str) -> None:
    """Whoever asks for `slug` is led to `owner`, or told that it is gone.

    In the transaction of the change. The last one who had a slug has it.
    """
    row = OldAddress(kind=KINDS[type(owner)], slug=slug, owner_id=owner.pk)
    OldAddress.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["kind", "slug"],
        update_fields=["owner_id", "changed_at"],
    )
