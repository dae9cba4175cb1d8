# `@shared_task` finds the shop's Celery application from here.
from shop.celery import app as celery_app

__all__ = ["celery_app"]
