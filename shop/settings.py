"""Every setting of the shop, from the environment (see docs/ENVIRONMENT.md).

One file for a laptop and for a cluster: a variable that is present or absent makes
the difference. Any variable may also come as NAME_FILE, a path to a file that holds
the value, which is how container platforms hand over secrets.
"""

import os
import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from shop import audited
from shop.env import Env
from shop.queues import queue_name, task_queues
from shop.schedule import SCHEDULE
from shop.secrets import use_secrets_of
from shop.watching import logs

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / "data"

env = Env()
environ.Env.read_env(BASE_DIR / ".env")
# A directory of files named after variables, for those that are set nowhere else.
use_secrets_of(env.str("SECRETS_DIR", default=""), os.environ)

# --- Safety -----------------------------------------------------------------------

# No default: without a key the shop does not start.
SECRET_KEY = env.str("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is empty. `make run` writes one to .env.")
DEBUG = env.bool("DEBUG", default=False)
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
# Proxies before the shop, each of which appends to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1)
if TRUSTED_PROXIES < 1:
    raise ImproperlyConfigured("TRUSTED_PROXIES is 1 or more.")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
# The first part of the back office's addresses.
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/") or "admin"
CSRF_FAILURE_VIEW = "shop.views.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Pictures of products may live on any https host (the contract's URLs).
        "img-src": [SELF, "data:", "https:"] + (["http:"] if not HTTPS_ONLY else []),
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The largest form of the back office, a spec template of 200 attributes, has 3,200
# fields. One three times as large is still read, to be refused with a sentence.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
# Bytes of a body without its files, and of a file that is kept in memory; how large
# files may be is up to whoever takes them (UPLOAD_MAX_SIZE_MB, IMPORT_MAX_SIZE_MB).
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- Applications -----------------------------------------------------------------

INSTALLED_APPS = [
    "modeltranslation",  # before admin, so that its admin classes are known there
    "shop.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "auditlog",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "imagekit",
    "import_export",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "treebeard",
    "shop",
    "events",
    "accounts",
    "images",
    "catalog",
    "cart",
    "orders",
    "payments",
    "notifications",
    "dashboard",
    "telegram_bot",
]

MIDDLEWARE = [
    # Each answer has the id of its request, whoever gives it.
    "shop.watching.middleware.RequestMiddleware",
    "shop.safety.SafetyHeadersMiddleware",
    # Health is asked by machines over plain http with any Host: before everything.
    "shop.health.HealthMiddleware",
    "shop.watching.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shop.middleware.LengthRequiredMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.middleware.GZipMiddleware",
    "shop.middleware.DatabaseDownMiddleware",
    "shop.replica.ReplicaMiddleware",  # around whatever may write, sessions too
    "shop.middleware.SessionMiddleware",
    "shop.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AccessTokenMiddleware",
    "shop.middleware.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shop.middleware.ErrorPagesMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.middleware.TooManyAttemptsMiddleware",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "shop.context_processors.shop",
                "cart.context_processors.cart",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///data/db.sqlite3")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A relative path means "inside the project", wherever the process was started.
    if _database["NAME"] == ":memory:":
        raise ImproperlyConfigured(
            "Each thread would have a database in memory of its own: DATABASE_URL "
            "names a file, such as sqlite:///data/db.sqlite3."
        )
    _database["NAME"] = str(BASE_DIR / _database["NAME"])
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: two writers queue up instead of
        # failing half-way, which is what row locks do on PostgreSQL.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
elif _database["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL is a postgres:// or sqlite:// address.")
else:
    # A pool per process: no connection is opened for a request, and never more than
    # max_size of them exist. One that the server closed meanwhile is not lent.
    _database["ENGINE"] = "shop.postgresql"
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        **_database.get("OPTIONS", {}),
        # Seconds: whoever waits longer is told that the shop is busy.
        "pool": {"min_size": 1, "max_size": 16, "timeout": 3},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Read replica -----------------------------------------------------------------

# A streaming standby of DATABASE_URL that answers the catalog and the figures while
# it is near enough (shop/replica.py).
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", default="")
# Seconds that it may be behind.
DATABASE_REPLICA_MAX_LAG = env.int("DATABASE_REPLICA_MAX_LAG", default=5)
if DATABASE_REPLICA_URL:
    if _database["ENGINE"] != "shop.postgresql":
        raise ImproperlyConfigured("DATABASE_REPLICA_URL needs a PostgreSQL database.")
    _replica = env.db_url_config(DATABASE_REPLICA_URL)
    if _replica["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_REPLICA_URL is a postgres:// address.")
    DATABASES["replica"] = {
        **_replica,
        "ENGINE": "shop.postgresql",
        "OPTIONS": {
            "connect_timeout": 2,
            # Milliseconds: a line that has gone dead is noticed, and the primary asked.
            "tcp_user_timeout": 5000,
            **_replica.get("OPTIONS", {}),
            "pool": {"min_size": 0, "max_size": 16, "timeout": 2},
        },
        "TEST": {"MIRROR": "default"},
    }
    DATABASE_ROUTERS = ["shop.replica.ReplicaRouter"]

# --- PgBouncer ---------------------------------------------------------------------

# transaction: DATABASE_URL is a pooler that lends a server's session for a transaction
# at a time. Nothing then may outlive one: no cursors, no prepared statements; locks of
# the session are taken on DATABASE_DIRECT_URL, which leads past the pooler.
DATABASE_POOLER = env.str("DATABASE_POOLER", default="")
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", default="")
if DATABASE_POOLER not in {"", "transaction"}:
    raise ImproperlyConfigured("DATABASE_POOLER is transaction or empty.")
if DATABASE_POOLER:
    if _database["ENGINE"] != "shop.postgresql":
        raise ImproperlyConfigured("DATABASE_POOLER needs a PostgreSQL database.")
    if not DATABASE_DIRECT_URL:
        raise ImproperlyConfigured(
            "DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL: the relay's lock"
            " belongs to a session of the database, which a pooler gives away."
        )
    for _pooled in DATABASES.values():
        _pooled["DISABLE_SERVER_SIDE_CURSORS"] = True
        # The pooler is the pool; a connection to it is cheap, and kept by its thread.
        _pooled["OPTIONS"].pop("pool", None)
        _pooled["OPTIONS"]["prepare_threshold"] = None
        _pooled["CONN_MAX_AGE"] = 600
        _pooled["CONN_HEALTH_CHECKS"] = True
    _direct = env.db_url_config(DATABASE_DIRECT_URL)
    DATABASES["direct"] = {
        **_direct,
        "OPTIONS": {"connect_timeout": 3, **_direct.get("OPTIONS", {})},
        "TEST": {"MIRROR": "default"},
    }

# --- Redis and RabbitMQ -----------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
RABBITMQ_URL = env.str("RABBITMQ_URL", default="")

# true: REDIS_URL is a node of a Redis Cluster, or several, separated by commas.
REDIS_CLUSTER = env.bool("REDIS_CLUSTER", default=False)

if REDIS_URL:
    _cache: dict[str, Any] = {
        "BACKEND": "django_redis.cache.RedisCache",
        # In a list: what is separated by commas in a text would be replicas.
        "LOCATION": [REDIS_URL],
        "OPTIONS": {
            "CONNECTION_POOL_CLASS": "shop.probes.RedisPool",
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 2,
            # A cache that is down is a cache that misses; carts do not use this path
            # and answer 503 instead.
            "IGNORE_EXCEPTIONS": True,
        },
    }
    if REDIS_CLUSTER:
        _cache["OPTIONS"] |= {
            "CLIENT_CLASS": "shop.redis.ClusterClient",
            "CONNECTION_FACTORY": "shop.redis.ClusterFactory",
        }
    # Two names of one thing, with one pool of connections.
    CACHES = {"default": _cache, "limits": _cache}
else:
    _cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    CACHES = {
        # Of the last 300 things, pages of some 10 KB among them.
        "default": _cache,
        # How often somebody called is kept apart (shop/throttling.py): whoever looks
        # at many pages would wash their own count away. 2 MB at most.
        "limits": {
            **_cache, "LOCATION": "limits", "OPTIONS": {"MAX_ENTRIES": 10_000},
        },
    }  # fmt: skip

# --- Tasks ------------------------------------------------------------------------

# Without a broker a task runs at once, in the process that calls it; `memory://` is
# only there so that beat, which asks for a broker, can run its tasks itself.
CELERY_BROKER_URL = RABBITMQ_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not RABBITMQ_URL
CELERY_TASK_IGNORE_RESULT = True
# A task that dies with its worker is given to another one: tasks can be repeated.
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Seconds.
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# As shop/broker.py does it.
CELERY_BROKER_USE_SSL = (
    {"server_hostname": None} if RABBITMQ_URL.startswith("amqps://") else False
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Whoever sends a task does not wait long for a broker that is down: every task is
# also found by its schedule.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Seconds that a broker may leave an answer out before it counts as down.
    {"confirm_publish": True, "read_timeout": 5, "write_timeout": 5}
    if RABBITMQ_URL
    else {}
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Letters and pushes do not wait behind an import: a worker may take some queues only
# (`celery -A shop worker -Q events,notifications`); without -Q it takes all.
# classic, or quorum: replicated over the nodes of a RabbitMQ cluster. A queue cannot
# change its type, so these have names of their own (docs/OPERATIONS.md).
RABBITMQ_QUEUE_TYPE = env.str("RABBITMQ_QUEUE_TYPE", default="classic")
if RABBITMQ_QUEUE_TYPE not in {"classic", "quorum"}:
    raise ImproperlyConfigured("RABBITMQ_QUEUE_TYPE is classic or quorum.")
CELERY_TASK_QUEUES = task_queues(RABBITMQ_QUEUE_TYPE)
CELERY_TASK_DEFAULT_QUEUE = queue_name("default", RABBITMQ_QUEUE_TYPE)
CELERY_TASK_ROUTES = {
    f"{app}.tasks.*": {"queue": queue_name(queue, RABBITMQ_QUEUE_TYPE)}
    for app, queue in {
        "events": "events",
        "notifications": "notifications",
        "telegram_bot": "notifications",
        "accounts": "notifications",
        "catalog": "slow",
    }.items()
}
# Where events go (docs/API.md); only tests call it otherwise.
OUTBOX_EXCHANGE = "shop_events"
# Whoever commits an event wakes the relay; false: only its schedule does.
OUTBOX_WAKE = True
# Days after which sent events leave the outbox for its archive.
OUTBOX_KEEP_DAYS = env.int("OUTBOX_KEEP_DAYS", default=30)
CELERY_BEAT_SCHEDULE = SCHEDULE
# Where beat keeps its times; a relative path is inside the project.
CELERY_BEAT_SCHEDULE_FILENAME = str(
    BASE_DIR / env.str("BEAT_SCHEDULE_FILE", default="data/beat-schedule")
)

# --- Starting ---------------------------------------------------------------------

# What scripts/entrypoint.py does before it becomes a process of the shop.
MIGRATE_ON_START = env.bool("MIGRATE_ON_START", default=False)
# Seconds to wait for the database, and for migrations that another process applies.
START_TIMEOUT = env.float("START_TIMEOUT", default=120)

# --- People -----------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "catalog:product-list"
LOGOUT_REDIRECT_URL = "catalog:product-list"
ADMIN_EMAIL = env.str("ADMIN_EMAIL", default="")
ADMIN_PASSWORD = env.str("ADMIN_PASSWORD", default="")

# Wrong passwords per account and address in 15 minutes; empty is off.
LOGIN_FAILURE_LIMIT = int(env.str("LOGIN_FAILURE_LIMIT", default="10") or 0)
# The same for an address whatever the account, and for an account wherever from. A
# mobile network shares an address, so the one stops machines; and whoever knows an
# e-mail can use the other up, so it is far above what one person mistypes. Who counts
# no wrong passwords counts none.
_addresses, _accounts = ("300", "50") if LOGIN_FAILURE_LIMIT else ("", "")
LOGIN_FAILURE_LIMIT_ADDRESS = int(
    env.str("LOGIN_FAILURE_LIMIT_ADDRESS", default=_addresses) or 0
)
LOGIN_FAILURE_LIMIT_ACCOUNT = int(
    env.str("LOGIN_FAILURE_LIMIT_ACCOUNT", default=_accounts) or 0
)
AXES_ENABLED = LOGIN_FAILURE_LIMIT > 0
AXES_FAILURE_LIMIT = LOGIN_FAILURE_LIMIT
AXES_COOLOFF_TIME = timedelta(minutes=15)
# What is refused while the lock holds is not counted, so the lock ends.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "accounts.throttling.attempted_email"
AXES_CLIENT_IP_CALLABLE = "accounts.throttling.attempt_address"
AXES_LOCKOUT_CALLABLE = "accounts.throttling.lockout_response"
AXES_SENSITIVE_PARAMETERS = ["email", "username", "ip_address"]
# Its log of good logins would open a session for every API client.
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": env.str("AUTH_JWT_SECRET", default="") or SECRET_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(
        minutes=env.int("AUTH_JWT_EXPIRE_MINUTES", default=60)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "USER_ID_CLAIM": "sub",
    "AUTH_TOKEN_CLASSES": ["accounts.tokens.AccessToken"],
}
ACCESS_TOKEN_COOKIE = "access_token"  # noqa: S105 - the cookie's name  # nosec B105

EMAIL_CONFIG = env.email_url_config(
    env.str("EMAIL_URL", default="consolemail://") or "consolemail://"
)
vars().update(EMAIL_CONFIG)
# Seconds for each thing that a mail server is asked: a silent one holds nobody long.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")

# --- API --------------------------------------------------------------------------

API_RATE_ANON = env.str("API_RATE_ANON", default="300/min")
API_RATE_USER = env.str("API_RATE_USER", default="1200/min")
# Forms of pages that make something or are followed by a letter, each counted by
# itself; and looks into the search. Empty is off. Many shoppers may share an address
# (a mobile operator's, an office's), so these stop machines and not people.
FORM_RATE = env.str("FORM_RATE", default="600/hour")
SEARCH_RATE = env.str("SEARCH_RATE", default="")

# Carts of visitors who had none, per address. Each is a session and a cart of thirty
# days, some 370 bytes: one address can leave 16 MB a day, which an operator notices
# before Redis is full. Of those behind a mobile operator's address, thirty a minute
# may put in their first goods. Where strangers' calls have no limit, a gateway before
# the shop has one.
NEW_CART_RATE = env.str("NEW_CART_RATE", default="1800/hour" if API_RATE_ANON else "")

for _name in (
    *("API_RATE_ANON", "API_RATE_USER"),
    *("FORM_RATE", "SEARCH_RATE", "NEW_CART_RATE"),
):
    if (_rate := vars()[_name]) and not re.fullmatch(r"[0-9]+/[smhd][a-z]*", _rate):
        raise ImproperlyConfigured(
            f"{_name} is a number of times per s, min, hour or day, such as 300/min."
        )

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.CookieJWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "shop.api.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["shop.throttling.ApiRateThrottle"],
    "DEFAULT_RENDERER_CLASSES": [
        "shop.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "shop.schema.ShopSchema",
    "DEFAULT_PARSER_CLASSES": [
        "shop.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "shop.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Duken API",
    "DESCRIPTION": "Catalog, cart, orders and accounts of the shop.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/(v1/)?",
    # What is sent and what is answered differ: neither may be told the other's rules.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.models.Order.Status",
        "PaymentStatus": "payments.models.Payment.Status",
        "RefundStatus": "payments.models.Refund.Status",
    },
    "PREPROCESSING_HOOKS": ["shop.schema.each_address_once"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Languages and formats --------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="ru")
LANGUAGES = [("ru", _("Russian")), ("kk", _("Kazakh")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["shop.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Almaty")
USE_I18N = USE_TZ = True
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
MODELTRANSLATION_LANGUAGES = ("ru", "kk", "en")
MODELTRANSLATION_FALLBACK_LANGUAGES = (LANGUAGE_CODE, "ru", "kk", "en")

# --- Files ------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shop.static.StaticStorage"},
}
# The path below which the shop itself serves pictures; empty: it does not.
MEDIA_PATH = "/media/"
# What stands before a picture's path: a CDN, with the scheme.
MEDIA_URL_BASE = env.str("MEDIA_URL_BASE", default="").rstrip("/")
if MEDIA_URL_BASE:
    # It fetches from the shop, or from the bucket below.
    MEDIA_URL = f"{MEDIA_URL_BASE}{MEDIA_PATH}"
# Pictures live in a bucket of S3, or of what speaks its language (shop/store.py).
AWS_STORAGE_BUCKET_NAME = env.str("AWS_STORAGE_BUCKET_NAME", default="")
AWS_S3_ENDPOINT_URL = env.str("AWS_S3_ENDPOINT_URL", default="").rstrip("/")
AWS_S3_REGION_NAME = env.str("AWS_S3_REGION_NAME", default="")
AWS_ACCESS_KEY_ID = env.str("AWS_ACCESS_KEY_ID", default="")
AWS_SECRET_ACCESS_KEY = env.str("AWS_SECRET_ACCESS_KEY", default="")
if AWS_STORAGE_BUCKET_NAME:
    if not find_spec("storages"):
        raise ImproperlyConfigured(
            "AWS_STORAGE_BUCKET_NAME needs `pip install -r requirements-extra.txt`."
        )
    if not (MEDIA_URL_BASE or AWS_S3_ENDPOINT_URL or AWS_S3_REGION_NAME):
        raise ImproperlyConfigured(
            "AWS_STORAGE_BUCKET_NAME needs AWS_S3_REGION_NAME, AWS_S3_ENDPOINT_URL or"
            " MEDIA_URL_BASE: else nobody knows where its pictures are read."
        )
    MEDIA_PATH = ""
    if AWS_S3_ENDPOINT_URL:
        _bucket = f"{AWS_S3_ENDPOINT_URL}/{AWS_STORAGE_BUCKET_NAME}"
    else:
        _host = f"s3.{AWS_S3_REGION_NAME}.amazonaws.com"
        _bucket = f"https://{AWS_STORAGE_BUCKET_NAME}.{_host}"
    MEDIA_URL = f"{MEDIA_URL_BASE or _bucket}/"
    STORAGES["default"] = {
        "BACKEND": "shop.store.MediaStore",
        "OPTIONS": {
            "bucket_name": AWS_STORAGE_BUCKET_NAME,
            "endpoint_url": AWS_S3_ENDPOINT_URL or None,
            "region_name": AWS_S3_REGION_NAME or None,
            # None: as boto3 finds them, from the machine's role for example.
            "access_key": AWS_ACCESS_KEY_ID or None,
            "secret_key": AWS_SECRET_ACCESS_KEY or None,
        },
    }
# Nothing collected yet, or being worked on: files are served from where they are.
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()
UPLOAD_MAX_SIZE_MB = env.int("UPLOAD_MAX_SIZE_MB", default=5)
# Files that the back office imports: private, so not below MEDIA_ROOT. With several
# machines they share this directory, as they share the pictures.
IMPORT_DIR = DATA_DIR / "imports"
IMPORT_MAX_SIZE_MB = env.int("IMPORT_MAX_SIZE_MB", default=100)
# Days after which an import's file and report are removed.
IMPORT_KEEP_DAYS = 14

# --- Pictures from elsewhere ------------------------------------------------------

# `/img` fetches, checks and shrinks pictures of these hosts (see the app `images`).
IMAGE_PROXY_ENABLED = env.bool("IMAGE_PROXY_ENABLED", default=False)
IMAGE_PROXY_ALLOWED_HOSTS = [
    host.strip().lower() for host in env.list("IMAGE_PROXY_ALLOWED_HOSTS", default=[])
]
IMAGE_PROXY_MAX_SIZE_MB = env.int("IMAGE_PROXY_MAX_SIZE_MB", default=5)
# Seconds for a picture, from the look-up of its host to its last byte.
IMAGE_PROXY_TIMEOUT = env.float("IMAGE_PROXY_TIMEOUT", default=5)
# A relative path is inside the project.
IMAGE_PROXY_CACHE_DIR = BASE_DIR / (
    env.str("IMAGE_PROXY_CACHE_DIR", default="") or "data/image-cache"
)
IMAGE_PROXY_CACHE_MAX_MB = env.int("IMAGE_PROXY_CACHE_MAX_MB", default=500)
# Pictures that a process fetches at a time: fewer than it has threads.
IMAGE_PROXY_CONCURRENCY = env.int("IMAGE_PROXY_CONCURRENCY", default=4)

# --- History ----------------------------------------------------------------------

AUDITLOG_INCLUDE_TRACKING_MODELS = audited.MODELS
AUDITLOG_STORE_JSON_CHANGES = True
# Addresses of machines are personal data, and say little: none are kept.
AUDITLOG_DISABLE_REMOTE_ADDR = True
# Days after which entries are forgotten; 0: never.
AUDIT_KEEP_DAYS = env.int("AUDIT_KEEP_DAYS", default=365)

# --- The shop ---------------------------------------------------------------------

SHOP_NAME = env.str("SHOP_NAME", default="Duken")
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="KZT")
SHOP_PRICE_STYLE = env.str("SHOP_PRICE_STYLE", default="dots")
if SHOP_PRICE_STYLE not in {"dots", "spaces"}:
    raise ImproperlyConfigured("SHOP_PRICE_STYLE is dots or spaces.")
# Where the shop says what it does with personal data; empty: nowhere to link to.
SHOP_PRIVACY_URL = env.str("SHOP_PRIVACY_URL", default="")
LOW_STOCK_THRESHOLD = env.int("LOW_STOCK_THRESHOLD", default=3)
# Minutes that goods wait for an online payment.
ORDER_RESERVATION_MINUTES = env.int("ORDER_RESERVATION_MINUTES", default=30)
# Days after which an order counts as not paid, or as late, in the list of what waits.
ORDER_UNPAID_DAYS = env.int("ORDER_UNPAID_DAYS", default=1)
ORDER_LATE_DAYS = env.int("ORDER_LATE_DAYS", default=3)
# Who sells, as order slips name them; a line that is empty is left out.
SHOP_SELLER_NAME = env.str("SHOP_SELLER_NAME", default="")
SHOP_SELLER_BIN = env.str("SHOP_SELLER_BIN", default="")
SHOP_SELLER_ADDRESS = env.str("SHOP_SELLER_ADDRESS", default="")
SHOP_SELLER_PHONE = env.str("SHOP_SELLER_PHONE", default="")
SHOP_SELLER_EMAIL = env.str("SHOP_SELLER_EMAIL", default="")
# Percent of VAT within the prices; None: slips say nothing of it.
SHOP_VAT_RATE: Decimal | None = None
if _vat_rate := env.str("SHOP_VAT_RATE", default="").strip():
    try:
        SHOP_VAT_RATE = Decimal(_vat_rate)
        _fits = 0 < SHOP_VAT_RATE < 100
    except InvalidOperation:  # no number, or NaN
        _fits = False
    if not _fits:
        raise ImproperlyConfigured("SHOP_VAT_RATE is more than 0 and less than 100.")

# --- Payments ---------------------------------------------------------------------

PAYMENT_EMULATOR = env.bool("PAYMENT_EMULATOR", default=DEBUG)
# Signs what providers tell the shop. Empty: a key that only the shop itself, and so
# only its emulator, can know.
PAYMENT_CALLBACK_SECRET = env.str("PAYMENT_CALLBACK_SECRET", default="")
# Where this shop is reached, with the scheme: links in letters lead there. Empty: they
# are made of ALLOWED_HOSTS (see shop.mail).
SHOP_URL = env.str("SHOP_URL", default="").rstrip("/")
# Where the emulator posts its callbacks. Empty: it hands them to the shop in its own
# process, as in a container, where nothing listens at SHOP_URL.
PAYMENT_EMULATOR_URL = env.str("PAYMENT_EMULATOR_URL", default=SHOP_URL).rstrip("/")
# With DEBUG, links that are made of ALLOWED_HOSTS have the port of `make run`.
PORT = env.int("PORT", default=8000)
# Where a bank transfer goes, as lines of text; empty: the shopper asks the shop.
SHOP_BANK_DETAILS = env.str("SHOP_BANK_DETAILS", default="", multiline=True)

# --- Telegram ---------------------------------------------------------------------

# Empty: there is no bot.
TELEGRAM_BOT_TOKEN = env.str("TELEGRAM_BOT_TOKEN", default="")
# What stands before `/bot<token>/`: another Bot API server than Telegram's own.
TELEGRAM_API_URL = env.str(
    "TELEGRAM_API_URL", default="https://api.telegram.org"
).rstrip("/")
# Chats that are told of new orders and low stock.
TELEGRAM_STAFF_CHAT_IDS = [
    int(chat) for chat in env.list("TELEGRAM_STAFF_CHAT_IDS", default=[])
]
# The bot's name, t.me/<name>. Empty: as Telegram tells it when the bot is started.
TELEGRAM_BOT_USERNAME = env.str("TELEGRAM_BOT_USERNAME", default="")
# What Telegram says with each update at /telegram/webhook/. Empty: a key made of
# SECRET_KEY and the token, which `run_telegram_bot --set-webhook` tells Telegram.
TELEGRAM_WEBHOOK_SECRET = env.str("TELEGRAM_WEBHOOK_SECRET", default="")

# --- Backups ----------------------------------------------------------------------

# Where `manage.py backup` writes; a relative path is inside the project.
BACKUP_DIR = BASE_DIR / (env.str("BACKUP_DIR", default="") or "data/backups")
# So many backups stay there; 0: all.
BACKUP_KEEP = env.int("BACKUP_KEEP", default=0)
# The folder of pg_dump, pg_restore and psql; empty: where they are found.
PG_BIN = env.str("PG_BIN", default="")

# --- Watching ---------------------------------------------------------------------

LOGGING = logs.configuration(
    logs.Options(
        style=env.str("LOG_FORMAT", default="console"),
        level=env.str("LOG_LEVEL", default="INFO").upper(),
        directory=env.str("LOG_DIR", default=""),
        max_mb=env.int("LOG_FILE_MAX_MB", default=20),
        keep=env.int("LOG_FILE_COUNT", default=5),
    ),
    tasks_are_news=bool(RABBITMQ_URL),
)
# Milliseconds from which on a statement is told of; 0: none is.
SLOW_QUERY_MS = env.float("SLOW_QUERY_MS", default=0)
# Opens /metrics; empty: there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# What runs here, for figures, errors and traces.
RELEASE = env.str("RELEASE", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
# Of so many requests, 0 to 1, Sentry is told how long they took.
SENTRY_TRACES_RATE = env.float("SENTRY_TRACES_RATE", default=0)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="shop")
