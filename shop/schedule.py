"""What beat hands out by the clock, and how long each may wait for a worker."""

from datetime import timedelta

SCHEDULE = {
    "publish-outbox-messages": {
        "task": "events.tasks.publish_outbox_messages",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "deliver-due": {
        "task": "events.tasks.deliver_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "archive-events": {
        "task": "events.tasks.archive_events",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "send-letters": {
        "task": "notifications.tasks.send_due_letters",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "forget-letters": {
        "task": "notifications.tasks.forget_letters",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "expire-orders": {
        "task": "payments.tasks.expire_orders",
        "schedule": timedelta(minutes=1),
        # A run that nobody took for so long is done by the next one.
        "options": {"expires": 60},
    },
    "settle-payments": {
        "task": "payments.tasks.settle_payments",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "keep-totals": {
        "task": "dashboard.tasks.keep_totals",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "make-missing-thumbnails": {
        "task": "catalog.tasks.make_missing_thumbnails",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "run-imports": {
        "task": "catalog.tasks.run_imports",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-imports": {
        "task": "catalog.tasks.forget_imports",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "send-due-pushes": {
        "task": "telegram_bot.tasks.send_due_pushes",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-telegram": {
        "task": "telegram_bot.tasks.forget_telegram",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "forget-history": {
        "task": "shop.tasks.forget_history",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "forget-expired": {
        "task": "accounts.tasks.forget_expired",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "apply-waiting-prices": {
        "task": "catalog.tasks.apply_waiting_prices",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-picture-drafts": {
        "task": "catalog.tasks.forget_picture_drafts",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "forget-prices": {
        "task": "catalog.tasks.forget_prices",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
}
