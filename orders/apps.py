from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from orders.delivery import drop_pages, ensure_delivery_methods
        from orders.models import DeliveryMethod

        post_migrate.connect(ensure_delivery_methods, sender=self)
        post_save.connect(drop_pages, sender=DeliveryMethod)
        post_delete.connect(drop_pages, sender=DeliveryMethod)
