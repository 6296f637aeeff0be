"""The peer: an intake that does nothing but take the bytes and commit them once. Django, one view, one table."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from lxml import etree

from homeward.config import env

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": env.database(env.read("HOMEWARD_DATABASE"), Path(env.read("HOMEWARD_DATA")))},
        INSTALLED_APPS=["benchmarks.bare"],
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        ROOT_URLCONF="benchmarks.bare.app",
        SECRET_KEY="bare",
        USE_TZ=True,
    )
    django.setup()


class Taken(models.Model):
    instance_id = models.CharField(max_length=255, unique=True)
    xml = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"


@csrf_exempt
def submission(request: HttpRequest) -> HttpResponse:
    xml = request.FILES["xml_submission_file"].read()
    root = etree.fromstring(xml)  # the peer trusts what it gets
    try:
        with transaction.atomic():
            Taken.objects.create(instance_id=root.findtext("meta/instanceID"), xml=xml)
    except IntegrityError:
        return HttpResponse("known", status=202)
    return HttpResponse("<OpenRosaResponse/>", status=201, content_type="text/xml")


urlpatterns = [path("submission", submission)]
application = get_wsgi_application()

if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        os.makedirs(env.read("HOMEWARD_DATA"), exist_ok=True)
        with connection.schema_editor() as editor:
            editor.create_model(Taken)
