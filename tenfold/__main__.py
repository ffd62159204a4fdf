"""Lets `python -m tenfold` do what `tenfold` does."""

from tenfold.cli import main

main()
