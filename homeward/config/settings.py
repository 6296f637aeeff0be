"""Django's settings, read from top to bottom; whatever a deployment may change comes from `env`."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from homeward.config import env
from homeward.config.jobs import AFTER_RESTORE, JOBS, LONG, PERIODIC, WHILE_LOCKED

PACKAGE = Path(__file__).resolve().parent.parent
PROFILE = env.profile()
IS_DEMO = PROFILE is env.Profile.DEMO
DATA = env.data_folder()

# --- Homeward's own ---------------------------------------------------------------------------------------------------
HOMEWARD_PROFILE = str(PROFILE)
HOMEWARD_DATA = DATA
HOMEWARD_VAULT_KEY = env.vault_key(PROFILE)
HOMEWARD_DEMO_VAULT_KEY = env.DEMO_VAULT_KEY
HOMEWARD_DEMO_PASSPHRASE = "amber kettle, seven swallows"  # noqa: S105 - shown with the cast; it protects nobody
HOMEWARD_LOCK_AFTER = env.number("HOMEWARD_LOCK_AFTER")
HOMEWARD_LOCK_WORDS = env.read("HOMEWARD_LOCK_WORDS")
HOMEWARD_APP_NAME = env.read("HOMEWARD_APP_NAME")
HOMEWARD_KEY_BACKUPS = env.key_backups(DATA)
HOMEWARD_KEY_BACKUP_RECIPIENTS = env.key_recipients()
HOMEWARD_BACKUPS = env.path_or_none("HOMEWARD_BACKUPS")
HOMEWARD_BACKUP_RECIPIENTS = env.recipients("HOMEWARD_BACKUP_RECIPIENTS")
HOMEWARD_BACKUP_KEY = env.file_in(DATA, "HOMEWARD_BACKUP_KEY", "backup/key.pem")
HOMEWARD_DRILL_IDENTITY = env.path_or_none("HOMEWARD_DRILL_IDENTITY")
HOMEWARD_POSTGRESQL_BIN = env.path_or_none("HOMEWARD_POSTGRESQL_BIN")
HOMEWARD_AFTER_RESTORE = AFTER_RESTORE
HOMEWARD_ONE_TAP = env.flag("HOMEWARD_ONE_TAP") or (IS_DEMO and env.read("HOMEWARD_ONE_TAP") == "")
HOMEWARD_WEBAUTHN = env.webauthn(PROFILE)
HOMEWARD_OIDC_ISSUER = env.read("HOMEWARD_OIDC_ISSUER").rstrip("/")
HOMEWARD_OIDC_CLIENT_ID = env.read("HOMEWARD_OIDC_CLIENT_ID")
HOMEWARD_OIDC_CLIENT_SECRET = env.read("HOMEWARD_OIDC_CLIENT_SECRET")
HOMEWARD_OIDC_SECOND_FACTOR = env.flag("HOMEWARD_OIDC_SECOND_FACTOR")
HOMEWARD_BEHIND_PROXY = env.flag("HOMEWARD_BEHIND_PROXY")
HOMEWARD_BASE_URL = env.read("HOMEWARD_BASE_URL").rstrip("/")
HOMEWARD_LIBRARIES = tuple(Path(word).expanduser() for word in [env.read("HOMEWARD_LIBRARY")] if word)
HOMEWARD_MAX_UPLOAD = env.number("HOMEWARD_MAX_UPLOAD")
HOMEWARD_PROCESSES = env.number("HOMEWARD_PROCESSES")
HOMEWARD_THREADS = env.number("HOMEWARD_THREADS")
HOMEWARD_JOBS = JOBS
HOMEWARD_PERIODIC = PERIODIC
HOMEWARD_WHILE_LOCKED = WHILE_LOCKED
HOMEWARD_LONG_JOBS = LONG
HOMEWARD_AUDIT_KEY = env.file_in(DATA, "HOMEWARD_AUDIT_KEY", "audit/key.pem")
HOMEWARD_AUDIT_WITNESS = env.file_in(DATA, "HOMEWARD_AUDIT_WITNESS", "audit/heads.txt")
HOMEWARD_CERTIFICATE = Path(env.read("HOMEWARD_CERTIFICATE")) if env.read("HOMEWARD_CERTIFICATE") else None
HOMEWARD_ISOLATION_REQUIRED = env.isolation_required(PROFILE)

# --- Django -----------------------------------------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = env.secret_key(PROFILE, DATA)
SECRET_KEY_FALLBACKS = env.words("HOMEWARD_SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.words("HOMEWARD_HOSTS")]
ROOT_URLCONF = "homeward.config.urls"
WSGI_APPLICATION = "homeward.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
INSTALLED_APPS = [
    "homeward.config.apps.ConfigConfig",
    "homeward.web.ui",
    "homeward.apps.backups",
    "homeward.apps.retention",
    "homeward.apps.monitoring",
    "homeward.apps.visits",
    "homeward.apps.surveys",
    "homeward.apps.safeguarding",
    "homeward.apps.cases",
    "homeward.apps.communities",
    "homeward.apps.access",
    "homeward.apps.access.keys",
    "homeward.apps.audit",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
]
MIDDLEWARE = [
    "homeward.config.middleware.HeadersMiddleware",
    "homeward.config.locked.LockedMiddleware",
    "homeward.openrosa.middleware.DoorMiddleware",
    "homeward.web.field.door.FieldMiddleware",
    "homeward.web.surveys.alone_door.AloneMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "homeward.config.middleware.SignInFirstMiddleware",
    "homeward.config.middleware.ActorMiddleware",
    "homeward.config.middleware.RefusalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "homeward.config.middleware.DatabaseMiddleware",
    "homeward.web.ui.errors.ProblemMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "ui" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "homeward.web.ui.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]

# --- Database: services open their own transactions, so that a refusal is recorded outside the one it refuses ---------
DATABASES = {
    "default": {**env.database(env.read("HOMEWARD_DATABASE"), DATA), "ATOMIC_REQUESTS": False},
    "keys": {**env.keys_database(DATA), "ATOMIC_REQUESTS": False},
}
DATABASE_ROUTERS = ["homeward.config.routing.KeysRouter"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- Mail: it says that something waits, and nothing more -------------------------------------------------------------
HOMEWARD_MAIL = bool(env.read("HOMEWARD_MAIL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.read("HOMEWARD_MAIL_FROM")
_MAIL = env.mail(env.read("HOMEWARD_MAIL"))
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _MAIL.backend, _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS, EMAIL_TIMEOUT = _MAIL.wrapped, _MAIL.upgraded, 20

# --- People and sessions ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = ["homeward.apps.access.signin.PersonBackend"]
PASSWORD_HASHERS = ["homeward.apps.access.passwords.Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "display_name"]},
    },
    {"NAME": "homeward.apps.access.passwords.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_ENGINE = "homeward.apps.access.session_store"  # a quarter of an hour idle, eight hours in all
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie besides the three below

# --- What browsers are told -------------------------------------------------------------------------------------------
_SECURE = not IS_DEMO  # the demo runs on plain http on this machine and holds no real child
SECURE_SSL_REDIRECT = _SECURE
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SECURE
SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # a browser's preload list is for the owner of the domain to decide
    "security.W002",  # HeadersMiddleware forbids frames on every answer, those of devices and static files included
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HOMEWARD_BEHIND_PROXY else None
SESSION_COOKIE_NAME = "__Host-homeward" if _SECURE else "homeward"
CSRF_COOKIE_NAME = "__Host-homeward-csrf" if _SECURE else "homeward-csrf"
HOMEWARD_SIGN_ON_COOKIE = "__Host-homeward-sign-on" if _SECURE else "homeward-sign-on"  # five minutes, lax
# Of whoever answers alone: for the pages of one link and no others, so that two links on one phone do not meet.
HOMEWARD_LINK_COOKIE = "__Secure-q" if _SECURE else "q"
LANGUAGE_COOKIE_NAME = "__Host-homeward-language" if _SECURE else "homeward-language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = [HOMEWARD_BASE_URL] if HOMEWARD_BASE_URL else []
CSRF_FAILURE_VIEW = "homeward.web.ui.errors.forbidden"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # with no-referrer browsers send `Origin: null`, which the CSRF check refuses
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Requests: bodies stay in memory, so that no answer lies in a temporary file --------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = HOMEWARD_MAX_UPLOAD
FILE_UPLOAD_MAX_MEMORY_SIZE = HOMEWARD_MAX_UPLOAD
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- Languages and times ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish")), ("ar", _("Arabic"))]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = "homeward.web.ui.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.read("HOMEWARD_TIME_ZONE")

# --- Static files: with a manifest once `homeward serve` has collected them, else straight from the package -----------
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]  # of homeward.web.ui, and htmx
HOMEWARD_STATIC_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not _COLLECTED
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page has a reason to read them
# A name that says what is in the file, ours or that of the front end's builder, is kept by browsers for good.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\..+$|^.+/built/assets/.+-[\w-]{8}\..+$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": HOMEWARD_STATIC_STORAGE if _COLLECTED else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Logs hold no answers, no names, no addresses with tokens ---------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "homeward.config.logs.WithoutTokens"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s", "datefmt": "%Y-%m-%dT%H:%M:%S%z"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]}},
    "root": {"handlers": ["stderr"], "level": env.read("HOMEWARD_LOG_LEVEL")},
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}},
}
