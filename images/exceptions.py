"""Why `/img` may say no. Nothing here tells what an address answered, or why not."""

from django.utils.translation import gettext_lazy as _

from shop.exceptions import DomainError, Unavailable


class ProxyIsOff(DomainError):
    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("Not found."))


class BadParameter(DomainError):
    """`parameter` is missing, given twice, or out of its bounds."""

    code = "bad_parameter"
    status = 400

    def __init__(self, parameter: str) -> None:
        super().__init__(
            _("The parameter “%(name)s” is missing or wrong.") % {"name": parameter},
            parameter=parameter,
        )


class NotHttps(DomainError):
    code = "not_https"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("Only https addresses are fetched."))


class HostNotAllowed(DomainError):
    code = "host_not_allowed"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("Pictures of this host are not shown here."))


class PrivateAddress(DomainError):
    """The host is a name for a machine that is not on the public internet."""

    code = "private_address"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("This address is not a public one."))


class TooBig(DomainError):
    """More bytes or more pixels than the shop is willing to read."""

    code = "too_big"
    status = 413

    def __init__(self) -> None:
        super().__init__(_("The picture is too big."))


class NotAPicture(DomainError):
    code = "not_a_picture"
    status = 415

    def __init__(self) -> None:
        super().__init__(_("This is not a picture that can be shown."))


class UpstreamFailed(DomainError):
    code = "upstream_error"
    status = 502

    def __init__(self) -> None:
        super().__init__(_("The picture's server did not give it."))


class UpstreamTooSlow(DomainError):
    code = "upstream_timeout"
    status = 504

    def __init__(self) -> None:
        super().__init__(_("The picture's server took too long."))


class TooManyAtOnce(Unavailable):
    """Every place of this process is taken by other pictures."""

    def __init__(self) -> None:
        super().__init__(_("The shop is busy. Please try again."), retry_after=2)
