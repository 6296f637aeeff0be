"""Times as Arabic writes them: where Django has no format for an hour in Arabic, it falls back to an American one."""

DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j F Y، H:i"
DATE_FORMAT = SHORT_DATE_FORMAT = "j F Y"
