"""Grafana dashboards, Prometheus rules and provisioning."""
