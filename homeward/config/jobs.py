"""Names of background jobs -> where their functions are. Services enqueue by name; a test resolves each."""

from __future__ import annotations

from collections.abc import Mapping

JOBS: Mapping[str, str] = {
    "access.forget_opened": "homeward.apps.access.volume.forget_opened",
    "audit.head": "homeward.apps.audit.witness.write_head",
    "audit.seal": "homeward.apps.audit.sealer.seal",
    "audit.seal_all": "homeward.apps.audit.sealer.seal_all",
    "cases.mark_again": "homeward.apps.cases.marking.mark_again",
    "monitoring.forget_notes": "homeward.apps.monitoring.staff_notes.forget_notes",
    "monitoring.forget_words": "homeward.apps.monitoring.note_words.forget_words",
    "operations.take_statistics": "homeward.apps.operations.statistics.take_statistics",
    "operations.tell_focal_points": "homeward.apps.operations.telling.tell_focal_points",
    "operations.watch_clock": "homeward.apps.operations.machine.watch_clock",
    "retention.carry_out": "homeward.apps.retention.carrying_out.carry_out",
    "retention.run_out": "homeward.apps.retention.running_out.run_out",
    "backups.make": "homeward.apps.backups.jobs.make",
    "backups.keys": "homeward.apps.backups.jobs.keys",
    "backups.after_destroying": "homeward.apps.backups.jobs.after_destroying",
    "backups.drop_kept_keys": "homeward.apps.backups.jobs.drop_kept_keys",
    "backups.drill": "homeward.apps.backups.jobs.drill",
    "safeguarding.send_notices": "homeward.apps.safeguarding.notices.send_notices",
    "safeguarding.sweep": "homeward.apps.surveys.escalating.sweep",
    "surveys.age_again": "homeward.apps.surveys.ageing.age_again",
    "surveys.forget_links": "homeward.apps.surveys.links.forget_links",
    "surveys.open_sealed": "homeward.apps.visits.arriving.open_sealed",
    "surveys.release_agreed": "homeward.apps.surveys.releasing.release_agreed",
    "surveys.import": "homeward.apps.surveys.import_job.run_import",
    "visits.refresh_outlooks": "homeward.apps.visits.outlooks.refresh_outlooks",
    "visits.remind": "homeward.apps.visits.reminding.remind",
}
HOUR, DAY, WEEK = 3_600, 86_400, 604_800
# Jobs that come again and again, without arguments -> seconds between two.
PERIODIC: Mapping[str, int] = {
    "access.forget_opened": DAY,
    "audit.seal": 10,
    "audit.seal_all": HOUR,
    "audit.head": DAY,
    "cases.mark_again": HOUR,
    "monitoring.forget_notes": DAY,
    "monitoring.forget_words": DAY,
    "operations.take_statistics": HOUR,
    "operations.tell_focal_points": 60,
    "operations.watch_clock": 300,
    "surveys.forget_links": DAY,
    "surveys.open_sealed": 20,
    "surveys.release_agreed": 60,
    "retention.run_out": 6 * HOUR,
    "safeguarding.sweep": 20,
    "safeguarding.send_notices": 20,
    "backups.make": HOUR,
    "backups.keys": DAY,
    "backups.drop_kept_keys": DAY,
    "backups.drill": WEEK,
    "visits.refresh_outlooks": 60,
    "visits.remind": HOUR,
}
# What a worker goes on doing while the server is locked: it needs no key of ours.
WHILE_LOCKED = frozenset(
    (
        *("audit.seal", "audit.seal_all", "audit.head", "operations.watch_clock", "operations.tell_focal_points"),
        *("operations.take_statistics", "visits.refresh_outlooks"),
        *("backups.make", "backups.keys"),  # what phones were told is kept lies on one disk else
    )
)
# Those that may take minutes: they run beside the others, so that no escalation waits for them.
LONG = frozenset({"backups.make", "backups.keys", "backups.drill", "cases.mark_again", "retention.run_out"})
# What a restored database is told before anybody uses it: functions without arguments, in this order. The restored
# tables stand in the place of `default`, their key store in that of `keys`.
AFTER_RESTORE = (
    "homeward.apps.access.open_sessions.end_every_session",
    "homeward.apps.retention.repeating.repeat_erasures",
    "homeward.apps.retention.repeating.wait_after_restore",  # last
)
