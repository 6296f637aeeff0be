from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.domain.privacy import Level, Privacy, Retention, each

SHARED = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT, exportable=True)


class PlaceLevel(models.TextChoices):
    COUNTRY = "country", _("Country")
    REGION = "region", _("Region")
    DISTRICT = "district", _("District")
    COMMUNITY = "community", _("Community")


class Place(models.Model):
    """Where children live, as a tree. Places are shared by all organisations; who lives there is not."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(SHARED, "id parent level name country_code time_zone")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.CharField(max_length=12, choices=PlaceLevel.choices)
    name = models.CharField(max_length=120)
    country_code = models.CharField(max_length=2)  # ISO 3166-1
    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta:
        ordering = ("country_code", "level", "name")
        constraints = (models.UniqueConstraint(fields=("parent", "level", "name", "country_code"), name="place_once"),)

    def __str__(self) -> str:
        return self.name
