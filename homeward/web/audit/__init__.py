"""Who did what: the trace as people read it."""
