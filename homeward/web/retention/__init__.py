"""Pages about how long records stay, how they end, and what is handed over."""
