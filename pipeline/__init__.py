"""Pipeline: the ground floor: stages on disk, ledger, engine, decisions, progress, report, pixels."""
