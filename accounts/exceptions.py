"""What accounts can refuse."""

from django.utils.translation import gettext_lazy as _

from shop.exceptions import DomainError


class InvalidCredentials(DomainError):
    """Unknown e-mail, wrong password or inactive user: nobody learns which."""

    code = "invalid_credentials"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("The e-mail or the password is wrong."))


class WrongPassword(DomainError):
    """Who changes a password has not given the current one."""

    code = "wrong_password"
    status = 400

    def __init__(self) -> None:
        super().__init__(_("This is not your current password."))


class TooManyAttempts(DomainError):
    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            _("Too many failed attempts to sign in. Please try again later."),
            retry_after=retry_after,
        )


class InvalidRefreshToken(DomainError):
    """Forged, expired, used before or revoked."""

    code = "token_not_valid"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("The refresh token is not valid. Please sign in again."))


class EmailTaken(DomainError):
    code = "email_taken"

    def __init__(self) -> None:
        super().__init__(_("There is already an account with this e-mail."))


class CannotDeleteSelf(DomainError):
    code = "cannot_delete_self"

    def __init__(self) -> None:
        super().__init__(_("You cannot delete your own account here."))


class TooManyAddresses(DomainError):
    code = "too_many_addresses"

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("You have %(limit)s saved addresses, and no more fit. Delete one first.")
            % {"limit": limit}
        )


class NotTheirAddress(DomainError):
    """Who deletes an account types its address once more, and has typed another."""

    code = "not_their_address"
    status = 400

    def __init__(self) -> None:
        super().__init__(_("This is not the e-mail address of your account."))


class LastAdministrator(DomainError):
    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This is the only administrator. Make somebody else an administrator"
                " first: nobody could run the shop otherwise."
            )
        )
