"""The faults that live in the shop's own code, as switches that its pages read."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """All off is the healthy shop; each name is a fault's name with underscores."""

    slow_search: bool = False
    n_plus_one: bool = False
    deep_offset: bool = False
    uncached_product: bool = False
    redis_no_ttl: bool = False
    hot_stock_lock: bool = False
    idle_in_transaction: bool = False
    function_on_column: bool = False
    implicit_cast: bool = False
    small_pool: bool = False
    slow_payment_channel: bool = False
    dead_payment_channel: bool = False
    paid_not_marked: bool = False
    cpu_bound_app: bool = False
    slow_network: bool = False
    shipment_down: bool = False
    sms_down: bool = False
    wrong_commission: bool = False
    fix_cache: bool = False
    fix_pool: bool = False
    write_heavy: bool = False
    sql_comments: bool = True
    oversell: bool = False  # no fault of performance: orders are taken for what is not there
    far_database: bool = False  # no fault: the database is in another zone of a cloud

    def with_switch(self, name: str, *, on: bool) -> "Switches":
        """A copy with one switch turned.

        Raises:
            KeyError: There is no such switch.
        """
        if name not in {field.name for field in fields(self)}:
            raise KeyError(name)
        return replace(self, **{name: on})
