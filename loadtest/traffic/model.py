"""From sessions to the model of a mall's traffic."""

from facts.message import Message, msg
from facts.quantities import percent
from facts.traffic import INDISTINCT, Traffic, TrafficModel
from loadtest.traffic.graph import gates_of, mix_of, moves_of
from loadtest.traffic.peak import peak_of
from loadtest.traffic.skew import skews_of

# Above this, what is missing may change which page is the busiest.
INDISTINCT_AT_MOST = 0.05


class TrafficError(ValueError):
    """Traffic cannot be modelled or walked; `said` tells a person why and what to do."""

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
