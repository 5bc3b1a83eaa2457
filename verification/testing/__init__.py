"""Code that several test folders share. Importing it needs no build and no chain."""
