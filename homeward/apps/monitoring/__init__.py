"""When a child's return does not take hold: what calls for a review meeting, what was decided, and a team's work."""
