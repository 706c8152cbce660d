"""Ingest: connectors that bring figures with their words from each source."""
