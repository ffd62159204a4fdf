"""JSON over HTTP; each file is one subject and has a `routes()`."""
