"""Does somebody have to come, and has somebody come?"""

from dashboards.board import Link, Panel, Query, Row, Step
from dashboards.panel import stat, time_series
from facts.message import Message, msg

_MALL = "{{mall}}"
_URGENCY = "{{urgency}}"
# Half of the promise, and the promise: a first response to an urgent ticket within 30 minutes.
_HALF, _PROMISED = 900, 1800
UNCLAIMED = Link(msg("What to do first"), page="runbooks/UrgentTicketUnclaimed.md")
BROKEN = Link(msg("What to do first"), page="runbooks/TicketPromiseBroken.md")


def _open(selector: str, *by: str) -> str:
    """Several processes on one store show the same figures: the highest is taken, never the sum."""
    return f"sum by ({', '.join(('mall', *by))}) (max by (mall, state, urgency) (tenfold_tickets{selector}))"


def _count(title: Message, description: Message, selector: str, *steps: Step) -> Panel:
    return stat(
        title,
        description,
        unit="none",
        ours=(Query(_open(selector), _MALL),),
        steps=steps,
        nothing=msg("no ticket room"),
        width=4,
    )


ROW = Row(
    msg("Now"),
    (
        _count(
            msg("Urgent and not taken"),
            msg("Urgent tickets that nobody works on. Each has to be taken within 30 minutes."),
            '{state="waiting", urgency="urgent"}',
            Step(1, "red"),
        ),
        stat(
            msg("Longest wait of an urgent ticket"),
            msg("Since it was opened or reopened. After 30 minutes the promise of a first response is broken."),
            unit="s",
            ours=(Query('max by (mall) (tenfold_tickets_oldest_waiting_seconds{urgency="urgent"})', _MALL),),
            steps=(Step(_HALF, "orange"), Step(_PROMISED, "red")),
            nothing=msg("no ticket room"),
            width=4,
            links=(UNCLAIMED,),
        ),
        stat(
            msg("Broken promises"),
            msg(
                "Promises that open tickets have broken: first response, plan or solution came too late, or have not come."
            ),
            unit="none",
            ours=(Query("sum by (mall) (max by (mall, clock, urgency) (tenfold_tickets_late))", _MALL),),
            steps=(Step(1, "red"),),
            nothing=msg("no ticket room"),
            width=4,
            links=(BROKEN,),
        ),
        _count(msg("Waiting"), msg("Tickets of every urgency that nobody works on."), '{state="waiting"}'),
        _count(msg("In progress"), msg("Tickets that somebody works on."), '{state="in_progress"}'),
        _count(
            msg("Solved, not closed"),
            msg("Tickets that wait for the reporter's word: closed and rated, or reopened."),
            '{state="resolved"}',
        ),
        time_series(
            msg("Open tickets"),
            msg("Waiting and in progress, by urgency."),
            unit="none",
            ours=(Query(_open('{state!="resolved"}', "urgency"), _URGENCY),),
            stacked=True,
        ),
        time_series(
            msg("Longest wait"),
            msg("The ticket that has waited longest for somebody, by urgency; the lines are 15 and 30 minutes."),
            unit="s",
            ours=(Query("max by (mall, urgency) (tenfold_tickets_oldest_waiting_seconds)", _URGENCY),),
            steps=(Step(_HALF, "orange"), Step(_PROMISED, "red")),
            links=(UNCLAIMED,),
        ),
        time_series(
            msg("Open tickets with a broken promise"),
            msg("By what was promised and by urgency."),
            unit="none",
            ours=(Query("max by (mall, clock, urgency) (tenfold_tickets_late)", "{{urgency}} {{clock}}"),),
            links=(BROKEN,),
        ),
    ),
)
