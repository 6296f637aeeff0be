"""The web application, for gunicorn or any other WSGI server."""

from __future__ import annotations

import gc
import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from homeward.apps.access.keys.heeding import heed_lock
from homeward.config import env
from homeward.config.bodies import whole_bodies
from homeward.config.logs import WithoutTokens

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.config.settings")
gc.set_threshold(10_000)  # an interview makes thousands of small objects, hardly any of them in a circle
application = whole_bodies(get_wsgi_application())
gc.freeze()  # what stands now stays: a collection in the middle of a page need not walk through it
logging.getLogger("gunicorn.error").addFilter(WithoutTokens())  # it logs the addresses of requests that fail
heed_lock(
    settings.HOMEWARD_DATA,
    has_key=settings.HOMEWARD_VAULT_KEY is not None,
    supervised=bool(env.read("HOMEWARD_VAULT_FD")),
)
