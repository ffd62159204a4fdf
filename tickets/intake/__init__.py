"""Alerts arrive: understood (`alertmanager`, `generic`), kept and answered for in one transaction (`writer`, `taking_in`).

What becomes of an alert is decided by `deciding`, a pure function of the alert and of the ticket of its key; `ledger` of the store has a
row for each. `reconciling` and `watchdog` find what never arrived; `replaying` takes in what could not be understood before.
"""
