"""The pages of `tenfold serve`."""
