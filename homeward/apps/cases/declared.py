"""What the fields of a child's record declare about themselves."""

from __future__ import annotations

from homeward.domain.privacy import Level, Privacy, Retention, Storage

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="monitoring", guardian_visible=True, exportable=True)
# Entries of the record: the child is told them; a guardian's copy says of them what people decide to say. No download.
KEPT_IN = Privacy(Level.L3, Storage.CODED, purpose="monitoring")
BESIDE = Privacy(Level.L2, Storage.SEALED, purpose="case work", retention=Retention.IDENTITY)  # names beside the first
IDENTITY = Privacy(Level.L2, Storage.SEALED, purpose="case work", retention=Retention.IDENTITY, guardian_visible=True)
IDENTITY_HASH = Privacy(Level.L2, Storage.HASHED, purpose="matching", retention=Retention.IDENTITY)
