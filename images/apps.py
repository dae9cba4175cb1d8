from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = _("Pictures from elsewhere")

    def ready(self) -> None:
        from images.checks import check_settings

        register(check_settings)
