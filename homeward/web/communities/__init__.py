"""Pages about the map."""
