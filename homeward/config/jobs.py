"""Names of background jobs -> where their functions are. Services enqueue by name; a test resolves each."""

from __future__ import annotations

from collections.abc import Mapping

JOBS: Mapping[str, str] = {
    "safeguarding.send_notices": "homeward.apps.safeguarding.notices.send_notices",
    "safeguarding.sweep": "homeward.apps.surveys.escalating.sweep",
    "surveys.age_again": "homeward.apps.surveys.ageing.age_again",
    "surveys.import": "homeward.apps.surveys.import_job.run_import",
}
