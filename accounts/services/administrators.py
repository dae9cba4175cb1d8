"""The first administrator, who comes from the environment and not from another one."""

from accounts.models import User
from accounts.services.people import save_user, update_user


def has_administrator() -> bool:
    """Somebody can run the shop. Staff rights alone do not count."""
    return User.objects.filter(is_superuser=True, is_active=True).exists()


def create_administrator(email: str, password: str) -> User:
    """A new account that may do everything. EmailTaken if there is one already.

    The account that is there stays what it is: registering proves no address, so it
    may be a stranger's, with a password that the stranger knows.
    """
    user = User(email=email, is_superuser=True, is_staff=True)
    user.set_password(password)
    return save_user(user)


def promote_to_administrator(user: User) -> User:
    """The account may do everything, with the password it has.

    Only for somebody who says so: whoever has opened the account becomes the
    administrator.
    """
    return update_user(user, is_superuser=True, is_staff=True, is_active=True)
