"""Every collector of the exporter, by kind of target, and every metric that it can give."""

from collectors.serving import (
    declared,
    front_log,
    front_site,
    host_clock,
    host_exporter,
    host_memory,
    host_network,
    host_processor,
    host_protocols,
    host_settings,
    host_storage,
    postgres_background,
    postgres_databases,
    postgres_discovery,
    postgres_locks,
    postgres_server,
    postgres_sessions,
    postgres_settings,
    postgres_sizes,
    postgres_standbys,
    postgres_statements,
    postgres_tables,
    redis_server,
)
from collectors.serving.metric import Metric, Part, part

SIZES_EVERY_SECONDS = 300.0
# The first of each kind tells whether its target is up.
POSTGRES_SERVER = (
    part(postgres_server),
    part(postgres_sessions),
    part(postgres_locks),
    part(postgres_databases, series=600),
    part(postgres_background),
    part(postgres_standbys),
    part(postgres_settings, series=450),
    part(postgres_sizes, every=SIZES_EVERY_SECONDS),
)
POSTGRES_DATABASE = (postgres_statements.bounded(), postgres_tables.bounded())
REDIS = (part(redis_server, series=600),)
HOST = (
    part(host_processor),
    part(host_memory),
    part(host_storage),
    part(host_network),
    host_protocols.remembering(),
    part(host_clock),
    part(host_settings),
)
HOST_EXPORTER = (part(host_exporter, series=600),)
FRONT = (part(front_site),)

_MODULES = (
    postgres_server, postgres_sessions, postgres_locks, postgres_databases, postgres_background, postgres_standbys, postgres_settings,
    postgres_sizes, postgres_statements, postgres_tables, postgres_discovery, redis_server, host_processor, host_memory, host_storage,
    host_network, host_protocols, host_clock, host_settings, front_site, front_log,
)  # fmt: skip
# By collector, in the order in which they are exposed.
CATALOGUE: dict[str, tuple[Metric, ...]] = {
    **{module.__name__.rpartition(".")[2]: module.METRICS for module in _MODULES},
    "declared": declared.KNOWN,
}

__all__ = ["CATALOGUE", "FRONT", "HOST", "HOST_EXPORTER", "POSTGRES_DATABASE", "POSTGRES_SERVER", "REDIS", "Part"]
