"""What is read from one machine."""

from dataclasses import dataclass

from facts.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Shares of all cores' time over the window, each between 0 and 1."""

    cores: int
    window_seconds: float
    busy_ratio: float
    user_ratio: float
    system_ratio: float
    iowait_ratio: float
    steal_ratio: float
    load_1m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Main memory and swap."""

    total_bytes: int
    available_bytes: int
    swap_total_bytes: int
    swap_used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """One mounted file system or block device."""

    name: str
    total_bytes: int | None
    free_bytes: int | None
    read_bytes_per_second: float | None
    written_bytes_per_second: float | None
    busy_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One interface over the window."""

    name: str
    received_bytes_per_second: float
    sent_bytes_per_second: float
    errors: int
    speed_bits_per_second: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """One measurement taken from the mall's own Prometheus or an exporter (container, JVM, cloud database)."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """Everything that was read from one machine."""

    target: str
    source: str  # "psutil", "node_exporter" or "prometheus"
    readings: tuple[Reading, ...]
    processor: Processor | None = None
    memory: Memory | None = None
    disks: tuple[Disk, ...] = ()
    networks: tuple[Network, ...] = ()
    external: tuple[External, ...] = ()
