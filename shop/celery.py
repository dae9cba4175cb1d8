"""The Celery application: `celery -A shop worker` and `celery -A shop beat`.

Without RABBITMQ_URL a task runs where it is called (see the settings), and the same
schedule is kept by a thread of the web process, or by `celery -A shop beat` alone.
"""

import os

from celery import Celery

from shop.queues import KeepPoison

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(KeepPoison)
