"""What django-auditlog says where the history is listed."""

from django.utils.translation import gettext_noop as _

TEXTS = [
    # auditlog
    _("Audit log"),
    _("timestamp"),
    _("Created {repr:s}"),
    _("Updated {repr:s}"),
    _("Deleted {repr:s}"),
]
