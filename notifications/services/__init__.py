"""Letters: written in answer to events, sent after it, and refused by their readers."""

from notifications.services.choosing import refuse, refused_kinds, want
from notifications.services.sending import (
    forget_letters,
    send_again,
    send_due_letters,
    send_letters,
)
from notifications.services.writing import (
    write_low_stock,
    write_order_letter,
    write_staff_order,
    write_welcome,
)

__all__ = [
    "forget_letters",
    "refuse",
    "refused_kinds",
    "send_again",
    "send_due_letters",
    "send_letters",
    "want",
    "write_low_stock",
    "write_order_letter",
    "write_staff_order",
    "write_welcome",
]
