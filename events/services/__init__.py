"""Events: written beside their change, then carried to the broker and subscribers."""

from events.services.archiving import archive
from events.services.delivering import deliver, deliver_all, deliver_due, hand_over
from events.services.emitting import already_told, emit, emit_many
from events.services.forgetting import forget_addresses
from events.services.relaying import Turn, relay
from events.services.retrying import deliver_again, send_again

__all__ = [
    "Turn",
    "already_told",
    "archive",
    "deliver",
    "deliver_again",
    "deliver_all",
    "deliver_due",
    "emit",
    "emit_many",
    "forget_addresses",
    "hand_over",
    "relay",
    "send_again",
]
