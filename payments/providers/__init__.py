"""The ways to pay, a file each; a new one is also named in Order.PaymentMethod."""

from payments.exceptions import UnknownProvider
from payments.providers.base import Notice, Provider, Started
from payments.providers.emulator import EmulatorProvider
from payments.providers.manual import CashProvider, TransferProvider

PROVIDERS: dict[str, Provider] = {
    provider.code: provider
    for provider in (CashProvider(), TransferProvider(), EmulatorProvider())
}

__all__ = ["PROVIDERS", "Notice", "Provider", "Started", "get_provider"]


def get_provider(code: str) -> Provider:
    """Raises UnknownProvider."""
    try:
        return PROVIDERS[code]
    except KeyError:
        raise UnknownProvider from None
