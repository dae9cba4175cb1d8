"""What payment events say (contract §10)."""

from events.services import emit
from payments.models import Payment


def emit_payment(event_type: str, payment: Payment) -> None:
    """Stands in line with the other events of the same order."""
    emit(
        event_type,
        payment.order_id,
        {
            "payment_id": payment.pk,
            "order_id": payment.order_id,
            "amount": payment.amount,
            "currency": payment.currency,
            "provider": str(payment.provider),
        },
    )
