"""Finds the journeys of a plan in the modules and files that it names."""

import importlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from facts.message import msg
from facts.traffic import TrafficModel
from loadtest.journey import LOGIN_MARK, MARK, Journey, Login, Shopper, named
from loadtest.plan import Plan, PlanError
from loadtest.traffic.model import TrafficError
from loadtest.traffic.steps import Steps

SHOPPERS = "shoppers"


def journeys_of(plan: Plan) -> tuple[Journey, ...]:
    """The journeys of a plan with the weights that it gives them; those of weight 0 are left out.

    Raises:
        PlanError: A module cannot be found, has no journey, or one that the plan does not allow or does not know.
    """
    if not plan.journeys and plan.traffic is None:
        page = plan.page
        name = named("GET", page)

        def one_page(shopper: Shopper) -> None:
            shopper.get(page, name=name)

        return (Journey(name, one_page, entry=name),)
    found = {each.name: each for each in _found(plan)}
    if unknown := set(plan.weights) - set(found):
        raise PlanError(
            msg("there is no journey {name}; there are {known}", name=min(unknown), known=", ".join(sorted(found)))
        )
    chosen = tuple(
        replace(each, weight=weight)
        for each in found.values()
        if (weight := plan.weights.get(each.name, each.weight)) > 0
    )
    if not chosen:
        raise PlanError(msg("every journey of the plan has weight 0: nothing would be sent"))
    if not plan.allow_writes and (writing := [each.name for each in chosen if each.writes]):
        raise PlanError(
            msg(
                "journeys that change something are not allowed here: {names}; give them weight 0",
                names=", ".join(writing),
            )
        )
    return chosen


def logins_of(plan: Plan) -> tuple[Login, ...]:
    """The logins of a plan's modules for feeders that the plan has.

    Raises:
        PlanError: A module cannot be found, or two functions log the same accounts in.
    """
    found: dict[str, Login] = {}
    for source in plan.journeys if plan.feeders else ():
        marks = [getattr(each, LOGIN_MARK) for each in vars(_module(source)).values() if hasattr(each, LOGIN_MARK)]
        for each in dict.fromkeys(marks):
            if each.feeder in found and found[each.feeder] != each:
                raise PlanError(msg("two functions log in the accounts of feeder {name}", name=each.feeder))
            found[each.feeder] = each
    return tuple(each for name, each in found.items() if name in plan.feeders)


def reading(plan: Plan) -> Plan:
    """The plan without what changes something: such journeys get weight 0, and walks pass over such steps."""
    quiet = replace(plan, allow_writes=False)
    if not plan.journeys and plan.traffic is None:
        return quiet
    return replace(quiet, weights={each.name: 0.0 if each.writes else each.weight for each in _found(quiet)})


def _found(plan: Plan) -> list[Journey]:
    """Every journey of the plan's modules, with the weights that they name themselves."""
    modules = {source: _module(source) for source in plan.journeys}
    if plan.traffic is not None:
        return [_walked(plan, plan.traffic, list(modules.values()))]
    found: dict[str, Journey] = {}
    for source, module in modules.items():
        for each in _marked(source, module):
            if each.name in found:
                raise PlanError(msg("there are two journeys named {name}", name=each.name))
            found[each.name] = each
    return list(found.values())


def _walked(plan: Plan, traffic: TrafficModel, modules: list[ModuleType]) -> Journey:
    """The one journey that walks through the mall's own traffic, with the steps of the modules."""
    # A module may have imported another one's steps: then they are the same.
    every = {id(theirs): theirs for each in modules for theirs in vars(each).values() if isinstance(theirs, Steps)}
    steps = Steps()
    try:
        for theirs in every.values():
            steps.join(theirs)
        return steps.walking(SHOPPERS, traffic, writes=plan.allow_writes)
    except TrafficError as error:
        raise PlanError(error.said) from error


def _module(source: str) -> ModuleType:
    if source.endswith(".py") and not Path(source).is_file():
        raise PlanError(
            msg(
                "there is no journeys file {path}; journeys under [loadtest] names it, from the folder in which tenfold is started",
                path=source,
            )
        )
    try:
        return _load_file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except Exception as error:
        said = msg(
            "journeys of {source} cannot be loaded: {why}", source=source, why=f"{type(error).__name__}: {error}"
        )
        raise PlanError(said) from error


def _marked(source: str, module: ModuleType) -> list[Journey]:
    marks = [getattr(each, MARK) for each in vars(module).values() if hasattr(each, MARK)]
    if not marks:
        raise PlanError(msg("{source} has no journey: mark its functions with @journey", source=source))
    return list(dict.fromkeys(marks))


def _load_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"journeys_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
