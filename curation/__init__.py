"""Curation: what stays and what it shows."""
