"""Times as Arabic writes them: where Django has no format for an hour in Arabic, it falls back to an American one."""

DATETIME_FORMAT = "j F Y، H:i"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
DATE_FORMAT = "j F Y"
