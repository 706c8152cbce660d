"""Benchmarks: numbers against a named alternative or an independent truth, from the same run."""
