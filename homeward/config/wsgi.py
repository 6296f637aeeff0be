"""The web application, for gunicorn or any other WSGI server."""

from __future__ import annotations

import gc
import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from homeward.apps.access.keys.locking import end_when_locked
from homeward.config import env
from homeward.config.bodies import whole_bodies
from homeward.config.logs import WithoutTokens

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.config.settings")
gc.set_threshold(10_000)  # an interview makes thousands of small objects, hardly any of them in a circle
application = whole_bodies(get_wsgi_application())
logging.getLogger("gunicorn.error").addFilter(WithoutTokens())  # it logs the addresses of requests that fail
if env.read("HOMEWARD_VAULT_FD") and settings.HOMEWARD_VAULT_KEY is not None:
    end_when_locked(settings.HOMEWARD_DATA)
