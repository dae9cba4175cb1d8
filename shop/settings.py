"""Every setting of the shop, from the environment (see docs/ENVIRONMENT.md).

One file for a laptop and for a cluster: a variable that is present or absent makes
the difference. Any variable may also come as NAME_FILE, a path to a file that holds
the value, which is how container platforms hand over secrets.
"""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / "data"

env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

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
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
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
    # Health is asked by machines over plain http with any Host: before everything.
    "shop.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shop.middleware.LengthRequiredMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.middleware.GZipMiddleware",
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
    _database["NAME"] = str(BASE_DIR / _database["NAME"])
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: two writers queue up instead of
        # failing half-way, which is what row locks do on PostgreSQL.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    # A pool per process: no connection is opened for a request, and never more than
    # max_size of them exist.
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        **_database.get("OPTIONS", {}),
        # Seconds: whoever waits longer is told that the shop is busy.
        "pool": {"min_size": 1, "max_size": 16, "timeout": 3},
    }
    # A connection that the server closed meanwhile is not handed out.
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
RABBITMQ_URL = env.str("RABBITMQ_URL", default="")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 2,
                # A cache that is down is a cache that misses; carts do not use this
                # path and answer 503 instead.
                "IGNORE_EXCEPTIONS": True,
            },
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

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
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [
    Queue(name) for name in ("default", "events", "notifications", "slow")
]
CELERY_TASK_ROUTES = {
    "events.tasks.*": {"queue": "events"},
    "notifications.tasks.*": {"queue": "notifications"},
    "telegram_bot.tasks.*": {"queue": "notifications"},
    "accounts.tasks.*": {"queue": "notifications"},
    "catalog.tasks.*": {"queue": "slow"},
}
# Where events go (docs/API.md); only tests call it otherwise.
OUTBOX_EXCHANGE = "shop_events"
# Whoever commits an event wakes the relay; false: only its schedule does.
OUTBOX_WAKE = True
# Days after which sent events leave the outbox for its archive.
OUTBOX_KEEP_DAYS = env.int("OUTBOX_KEEP_DAYS", default=30)
CELERY_BEAT_SCHEDULE = {
    "publish-outbox-messages": {
        "task": "events.tasks.publish_outbox_messages",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "deliver-due": {
        "task": "events.tasks.deliver_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "archive-events": {
        "task": "events.tasks.archive_events",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "send-letters": {
        "task": "notifications.tasks.send_due_letters",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "forget-letters": {
        "task": "notifications.tasks.forget_letters",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "expire-orders": {
        "task": "payments.tasks.expire_orders",
        "schedule": timedelta(minutes=1),
        # A run that nobody took for so long is done by the next one.
        "options": {"expires": 60},
    },
    "settle-payments": {
        "task": "payments.tasks.settle_payments",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "keep-totals": {
        "task": "dashboard.tasks.keep_totals",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "make-missing-thumbnails": {
        "task": "catalog.tasks.make_missing_thumbnails",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "run-imports": {
        "task": "catalog.tasks.run_imports",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-imports": {
        "task": "catalog.tasks.forget_imports",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "send-due-pushes": {
        "task": "telegram_bot.tasks.send_due_pushes",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-telegram": {
        "task": "telegram_bot.tasks.forget_telegram",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "forget-history": {
        "task": "shop.tasks.forget_history",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "apply-waiting-prices": {
        "task": "catalog.tasks.apply_waiting_prices",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-picture-drafts": {
        "task": "catalog.tasks.forget_picture_drafts",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "forget-prices": {
        "task": "catalog.tasks.forget_prices",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- People -----------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
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
ACCESS_TOKEN_COOKIE = "access_token"  # noqa: S105 - the cookie's name

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# Seconds for each thing that a mail server is asked: a silent one holds nobody long.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")

# --- API --------------------------------------------------------------------------

API_RATE_ANON = env.str("API_RATE_ANON", default="300/min")
API_RATE_USER = env.str("API_RATE_USER", default="1200/min")

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
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
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
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shop.static.StaticStorage"},
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

# Who changed what (docs/adr/0022): of these models these fields, and no others. So a
# new field is not in it before somebody has thought of it, a secret least of all.
_IN_LANGUAGES = [f"name_{language}" for language in MODELTRANSLATION_LANGUAGES]
AUDITLOG_INCLUDE_TRACKING_MODELS = [
    {
        "model": "catalog.Product",
        # The stock has its ledger.
        "include_fields": [
            *_IN_LANGUAGES,
            *(f"description_{language}" for language in MODELTRANSLATION_LANGUAGES),
            *("sku", "barcode", "slug", "price", "compare_at_price", "is_active"),
            *("template", "attributes"),
        ],
    },
    {
        "model": "catalog.Category",
        "include_fields": [*_IN_LANGUAGES, "slug", "is_active"],
    },
    {"model": "catalog.SpecTemplate", "include_fields": ["name", "schema"]},
    {
        "model": "orders.DeliveryMethod",
        "include_fields": [
            *_IN_LANGUAGES,
            *("code", "price", "free_from", "needs_address", "is_active", "position"),
        ],
    },
    {
        "model": "accounts.User",
        # That a password is new is written down by the model, which knows.
        "include_fields": [
            *("email", "full_name", "phone", "language"),
            *("is_active", "is_staff", "is_superuser"),
        ],
        "m2m_fields": ["groups", "user_permissions"],
    },
    {
        "model": "auth.Group",
        "include_fields": ["name"],
        "m2m_fields": ["permissions"],
    },
]
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
# Where this shop is reached, with the scheme: links in letters lead there, and the
# emulator posts its callbacks there. Empty: it hands them to the shop in its own
# process, and links are made of ALLOWED_HOSTS (see shop.mail).
SHOP_URL = env.str("SHOP_URL", default="").rstrip("/")
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

# --- Logs -------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "console"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # Four lines a login, with the address of whoever signs in.
        "axes": {"level": "WARNING"},
        # A line for every call that goes out, which is none of the reader's business.
        "httpx": {"level": "WARNING"},
        # Theirs would hold the bot's token, and what is written to it.
        "urllib3": {"level": "WARNING"},
        "TeleBot": {"level": "WARNING"},
        # Where tasks run in the process itself, they are no news to whoever started it.
        **(
            {}
            if RABBITMQ_URL
            else {"celery": {"level": "WARNING"}, "kombu": {"level": "ERROR"}}
        ),
    },
}
