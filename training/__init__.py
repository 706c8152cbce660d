"""Training: the reference trainer (nothing stands here yet)."""
