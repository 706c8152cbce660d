"""Publishing: a dataset others can trust."""
