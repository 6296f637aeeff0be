"""Sessions of browsers, in the database: whose, since when, last seen when. Django's engine, with three differences.

The key is kept as a hash, so that a copy of the database opens nothing. The row knows its person, so that everybody
sees and ends their own. And it expires by itself: a quarter of an hour after it was last seen, eight hours after it
began, whatever its browser does.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone as clock

from homeward.apps.access.models import OpenSession

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)  # so idle means fourteen minutes at least, fifteen at most
BEGUN, BROWSER = "begun", "browser"


def hashed(session_key: str) -> str:
    """The key itself is random and long: a plain hash is enough, and needs no key that may be locked away."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    _row: OpenSession | None = None

    @classmethod
    def get_model_class(cls) -> type[OpenSession]:
        return OpenSession

    def _get_session_from_db(self) -> OpenSession | None:
        row = OpenSession.objects.filter(
            session_key=hashed(self.session_key or ""), expire_date__gt=clock.now()
        ).first()
        if row is None:
            self._session_key = None
        self._row = row
        return row

    def exists(self, session_key: str) -> bool:
        return OpenSession.objects.filter(session_key=hashed(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> OpenSession:
        now = clock.now()
        begun = datetime.fromtimestamp(data[BEGUN], UTC) if BEGUN in data else self._began(now)
        key = hashed(cast(str, self._get_or_create_session_key()))  # type: ignore[attr-defined]
        row = OpenSession(session_key=key, session_data=self.encode(data), expire_date=expiry(begun, now))
        if self._row is not None and self._row.session_key == key:
            row.id = self._row.id
        row.person_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.browser, row.begun_at, row.seen_at = data.get(BROWSER, ""), begun, now
        self._row = row
        return row

    def _began(self, now: datetime) -> datetime:
        return self._row.begun_at if self._row is not None else now

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            OpenSession.objects.filter(session_key=hashed(key)).delete()

    def seen(self) -> None:
        """Its browser was here. Written rarely, and past the data, which a request beside this one may be changing."""
        row, now = self._row, clock.now()
        if row is not None and now - row.seen_at >= SEEN_EVERY:
            row.seen_at = now
            OpenSession.objects.filter(pk=row.pk).update(seen_at=now, expire_date=expiry(row.begun_at, now))

    @property
    def id(self) -> UUID | None:
        return self._row.id if self._row is not None else None


def expiry(begun: datetime, now: datetime) -> datetime:
    return min(now + IDLE, begun + LONGEST)
