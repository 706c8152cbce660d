"""Review items: what reviewers are asked, one module an origin, from the stages on disk."""
