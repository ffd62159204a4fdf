"""The front door of the ticket room: its desk from the configuration, its store, its accounts, and the commands that use its API."""
