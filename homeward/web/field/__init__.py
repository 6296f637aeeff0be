"""The field app: its shell, what it fetches at the office, and the door to which it sends. docs/field-app.md."""
