"""Grafana boards of the mall, and the files that bring them to Grafana."""
