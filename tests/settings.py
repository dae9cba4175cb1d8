"""The shop's own settings, made quick and quiet for tests.

The plugin in tests/services has said where the database and Redis are; without it
(mypy imports this file too) the defaults are enough to read the settings.
"""

import os
import tempfile
from pathlib import Path

import environ

# A developer's .env is for a developer's shop.
environ.Env.read_env = classmethod(lambda *args, **kwargs: None)
os.environ.update(SECRET_KEY="for-tests-only-" + "x" * 40, DEBUG="false")
os.environ.setdefault("DATABASE_URL", "sqlite:///data/db.sqlite3")

from shop.settings import *  # noqa: E402, F403
from shop.settings import DATABASES, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Plain http, as the test client speaks it.
HTTPS_ONLY = SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_HSTS_SECONDS = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Hundreds of calls a second come from one address; the tests of the limits set them.
API_RATE_ANON = API_RATE_USER = FORM_RATE = SEARCH_RATE = NEW_CART_RATE = ""

# Tests of the relay and of subscribers turn it on (the fixture `relay_awake`).
OUTBOX_WAKE = False

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Files are looked up when asked for: nothing has collected them, or scans them.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = Path(os.environ.get("TEST_MEDIA_ROOT", tempfile.gettempdir()))

IMPORT_DIR = MEDIA_ROOT / "imports"

_database = DATABASES["default"]
# Threads of a test close their own connections; a pool would keep them past the test.
_database["OPTIONS"].pop("pool", None)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Several threads cannot share a database in memory without "table is locked".
    _database["TEST"] = {"NAME": f"{_database['NAME']}.test"}
