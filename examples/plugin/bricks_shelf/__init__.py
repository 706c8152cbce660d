"""Shelf: pictures in a folder, with a table that says what they show and what may be done with them."""
