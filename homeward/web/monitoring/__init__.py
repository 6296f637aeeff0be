"""Pages about review meetings and a team's work."""
