"""Figures that the documentation claims, each as a ratio against a named peer or with its conditions; `make bench` prints them."""
