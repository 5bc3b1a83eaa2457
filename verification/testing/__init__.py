"""What several test folders share beside fixtures. It needs no build and no chain to import."""
