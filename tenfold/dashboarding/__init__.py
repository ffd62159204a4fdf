"""Dashboards against a real Prometheus, and into a Grafana: reading a board, asking its queries, uploading it."""
