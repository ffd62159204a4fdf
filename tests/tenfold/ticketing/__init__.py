"""What is lent to the ticket room."""
