"""What Grafana reads at its start, so that nobody has to click: where the boards lie, and where Prometheus answers."""

# Where Grafana finds the boards' files; mount them there, or change the path.
BOARDS_PATH = "/var/lib/grafana/dashboards/tenfold"
PROMETHEUS = "http://127.0.0.1:9090"

_PROVIDER = """\
# Written by: tenfold dashboards write. Grafana loads the boards from this folder and shows changes within half a minute.
apiVersion: 1
providers:
  - name: tenfold
    folder: Tenfold
    type: file
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: {path}
"""
_DATASOURCE = """\
# Written by: tenfold dashboards write. timeInterval is Prometheus' scrape interval: what $__rate_interval is made of.
apiVersion: 1
datasources:
  - name: Prometheus
    uid: tenfold-prometheus
    type: prometheus
    access: proxy
    url: {url}
    isDefault: true
    jsonData:
      httpMethod: POST
      timeInterval: 15s
"""


def provisioning(prometheus: str) -> dict[str, str]:
    """Text by path below Grafana's folder for provisioning.

    Args:
        prometheus: Its address, as Grafana's server reaches it.
    """
    return {
        "dashboards/tenfold.yaml": _PROVIDER.format(path=BOARDS_PATH),
        "datasources/tenfold.yaml": _DATASOURCE.format(url=prometheus),
    }
