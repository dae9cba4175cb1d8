"""Which texts of orders exist in Russian, Kazakh and English."""

from modeltranslation.translator import TranslationOptions, register

from orders.models import DeliveryMethod


@register(DeliveryMethod)
class DeliveryMethodTranslation(TranslationOptions):
    fields = ("name",)
