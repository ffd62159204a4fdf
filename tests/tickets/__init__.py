"""The ticket room, against real SQLite files and a real PostgreSQL."""
