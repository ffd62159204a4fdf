"""From sessions to the model of a mall's traffic, and the model as a file that the generator's process reads."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from facts.message import Message, msg
from facts.quantities import percent
from facts.traffic import INDISTINCT, Traffic, TrafficModel
from loadtest.traffic.graph import gates_of, mix_of, moves_of
from loadtest.traffic.peak import peak_of
from loadtest.traffic.skew import skews_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter


# Above this, what is missing may change which page is the busiest.
INDISTINCT_AT_MOST = 0.05


class TrafficError(ValueError):
    """Traffic cannot be modelled, or a model cannot be read or walked; `said` tells a person why and what to do."""

    def __init__(self, said: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(said))
        self.said = said


def model_of(traffic: Traffic) -> TrafficModel:
    """The model of a mall's traffic.

    Raises:
        TrafficError: The log has no session of a shopper.
    """
    sessions = traffic.sessions
    if not sessions:
        said = msg(
            "the access log has no shopper's session: {count} requests were left out; "
            "let it have a session field, or the shoppers' own addresses",
            count=sum(traffic.left_out.values()),
        )
        raise TrafficError(said)
    gates = gates_of(sessions)
    peak = peak_of(traffic.minutes, seconds=traffic.ended - traffic.began)
    received = sum(visit.received_bytes for session in sessions for visit in session.visits)
    return TrafficModel(
        moves=moves_of(sessions, gates),
        gates=gates,
        mix=mix_of(sessions),
        peak_sessions_per_second=peak.sessions_per_second,
        peak_requests_per_second=peak.requests_per_second,
        burstiness=peak.burstiness,
        subject_skew=skews_of(sessions),
        bytes_per_session=received / len(sessions),
    )


def cautions(traffic: Traffic) -> tuple[Message, ...]:
    """What a person should know before trusting the model of this traffic."""
    lost = traffic.left_out.get(INDISTINCT, 0)
    share = lost / max(lost + traffic.requests, 1)
    if share <= INDISTINCT_AT_MOST:
        return ()
    said = msg(
        "{share} of the shoppers' requests in the access log cannot be assigned to a shopper, and the mix lacks them: "
        "let the log have a session field, or the shoppers' own addresses",
        share=percent(share),
    )
    return (said,)


def write_model(model: TrafficModel, path: Path) -> None:
    """Writes the model as JSON."""
    path.write_bytes(_adapter().dump_json(model))


def read_model(path: Path) -> TrafficModel:
    """The model that `write_model` wrote.

    Raises:
        TrafficError: It is not there, damaged, or of another version.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(path.read_bytes())
    except OSError as error:
        said = msg("the traffic model {path} cannot be read: {why}", path=str(path), why=error.strerror or str(error))
        raise TrafficError(said) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "model"
        said = msg("the traffic model {path} is damaged: {where}: {why}", path=str(path), where=where, why=first["msg"])
        raise TrafficError(said) from error


@cache
def _adapter() -> "TypeAdapter[TrafficModel]":
    from pydantic import TypeAdapter

    return TypeAdapter(TrafficModel)
