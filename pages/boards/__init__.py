"""How a dashboard and its answers are shown without Grafana: units, charts, tables, one page."""
