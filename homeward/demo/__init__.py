"""A synthetic programme in five countries, simulated from a stated model and built through the services.

Nothing here comes from a real person. The same seed makes the same world, so tests and screenshots can rely on it.
"""
