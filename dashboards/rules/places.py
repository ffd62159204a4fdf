"""What Prometheus fills into the sentences of an alert when it fires."""

# Every label that an alert of ours can have, as its template names it.
LABELS = {
    name: f"{{{{ $labels.{name} }}}}"
    for name in (
        "mall", "target", "database", "table", "channel", "queue", "mountpoint", "device", "interface", "standby", "slot", "error",
        "collector", "metric", "kind", "promotion", "instance", "urgency", "clock",
    )
}  # fmt: skip
SHARE = "{{ $value | humanizePercentage }}"
TIME = "{{ $value | humanizeDuration }}"
BYTES = "{{ $value | humanize1024 }}B"
COUNT = '{{ $value | printf "%.0f" }}'
NUMBER = "{{ $value | humanize }}"
