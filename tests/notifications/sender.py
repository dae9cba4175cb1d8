"""A worker of its own process: it sends what is due until there is nothing more."""

import os
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402

from notifications.models import Letter  # noqa: E402
from notifications.services import send_due_letters  # noqa: E402

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["MAIL_PORT"])

while Letter.objects.filter(status__in=Letter.OPEN).exists():
    send_due_letters()
    time.sleep(0.05)
