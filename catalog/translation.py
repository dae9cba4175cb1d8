"""Which texts exist in Russian, Kazakh and English (docs/adr/0003)."""

from modeltranslation.translator import TranslationOptions, register

from catalog.models import Category, Product


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name",)


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ("name", "description")
