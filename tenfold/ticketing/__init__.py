"""What `tenfold` lends to the ticket room: readers of evidence, the newest findings, changes that were recorded."""
