"""Homeward: monitoring, child by child, whether returned children are settling in."""

__version__ = "0.1.0"
