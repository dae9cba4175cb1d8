"""Why a bench gives no figures. Nothing of Django is needed for it."""


class Wrong(Exception):
    """The shop sold what it did not have, lost an order, or answered with an error."""
