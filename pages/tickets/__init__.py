"""The ticket room's pages for people: records in, HTML out. They know no store and no rules of a ticket; `tickets` fills the records."""
