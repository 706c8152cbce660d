"""Captioning: words that the evidence carries."""
