"""How the house stands, for whoever runs it."""
