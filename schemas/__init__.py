"""Schemas: the ground floor: what a thing is, what a licence permits, what a manifest may say."""
