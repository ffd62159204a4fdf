"""The front door: command line, settings, and the pipelines that hand each room what it needs."""

__version__ = "0.1.0"
