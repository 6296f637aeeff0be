"""Interviews as KoboToolbox, ODK Central and spreadsheets export them -> coded answers, and what spoils them."""
