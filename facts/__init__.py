"""What was read and what was found: frozen, typed, serializable records, and the protocols between rooms.

Nothing here does input or output, and nothing here knows a driver. Every other room may import this one.
Quantities are in base units: seconds, bytes, ratios between 0 and 1; a field's name carries its unit.
"""
