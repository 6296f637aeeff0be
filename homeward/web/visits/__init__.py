"""Pages about following a child: what is due, visits and attempts to reach somebody."""
