"""What stops a backup or a restore."""

from django.utils.translation import gettext as _

from shop.exceptions import DomainError


class BackupError(DomainError):
    """It was not done, and what was there before is there still."""

    code = "backup_failed"


def in_use() -> BackupError:
    """Somebody else holds what has to be replaced."""
    return BackupError(_("The database is in use: stop the shop first."))
