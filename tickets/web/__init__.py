"""The addresses of the ticket room: `api/` for machines and programs, `pages/` for people's browsers."""
