from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Organisation
from homeward.domain.privacy import Level, Privacy, Retention, each

SHARED = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT, exportable=True)


class PlaceLevel(models.TextChoices):
    COUNTRY = "country", _("Country")
    REGION = "region", _("Region")
    DISTRICT = "district", _("District")
    COMMUNITY = "community", _("Community")


SHARED_LEVELS = (PlaceLevel.COUNTRY.value, PlaceLevel.REGION.value)


class Place(models.Model):
    """Where children live, as a tree. Countries and regions are shared by all organisations; a district or community
    belongs to the one whose people wrote it down, because a free text may say what no other organisation should read.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(SHARED, "id organisation parent level name country_code time_zone")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(  # none: shared by all
        Organisation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.CharField(max_length=12, choices=PlaceLevel.choices)
    name = models.CharField(max_length=120)
    country_code = models.CharField(max_length=2)  # ISO 3166-1
    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta:
        ordering = ("country_code", "level", "name")
        constraints = (  # one each, because a database takes two empty cells for different
            models.UniqueConstraint(
                fields=("organisation", "parent", "level", "name"),
                condition=Q(organisation__isnull=False),
                name="own_place_once",
            ),
            models.UniqueConstraint(
                fields=("parent", "level", "name"), condition=Q(organisation__isnull=True), name="shared_place_once"
            ),
            models.UniqueConstraint(
                fields=("name", "country_code"), condition=Q(parent__isnull=True), name="country_once"
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) | ~Q(level__in=SHARED_LEVELS), name="large_places_are_shared"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Sector(models.TextChoices):
    HEALTH = "health", _("Health care")
    EDUCATION = "education", _("Education")
    MHPSS = "mhpss", _("Mental health and psychosocial support")
    LEGAL = "legal", _("Legal help and documents")
    LIVELIHOOD = "livelihood", _("Livelihood")
    SOCIAL_PROTECTION = "social_protection", _("Social protection")
    SHELTER = "shelter", _("Shelter")
    PROTECTION = "protection", _("Child protection")
    OTHER = "other", _("Other services")


class Service(models.Model):
    """A service that an organisation knows of in a place, its own or somebody else's. About no child, ever."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        SHARED, "id organisation place sector name is_ours is_open note created_at changed_at"
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")  # none: everywhere
    sector = models.CharField(max_length=20, choices=Sector.choices)
    name = models.CharField(max_length=120)  # of who provides it
    is_ours = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)  # how to reach it, when it is open
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("sector", "name", "id")
        indexes = (models.Index(fields=("organisation", "is_open", "sector"), name="service_offered"),)

    def __str__(self) -> str:
        return self.name
