"""Small tables in CSV and Excel: guarded reading, formula-safe writing."""
