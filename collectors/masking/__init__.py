"""Keeps personal values out of snapshots, reports and logs, while advice stays the same.

`literals` replaces what stands in statement texts by its shape; `columns` decides which columns hold personal or free text;
`statistics` replaces their values by pseudonyms that keep equality and order, and `numbers` makes those of numbers; `words` masks
Redis keys and query strings.
"""
