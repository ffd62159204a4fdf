"""The addresses of the ticket room."""
