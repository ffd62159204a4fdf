"""Provokes the mall: traffic model, open-loop arrivals, journeys on Locust, rounds and their verdict."""
