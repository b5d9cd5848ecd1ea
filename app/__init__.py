"""Hotseat: a REST service that coordinates mastermind groups."""

__version__ = "0.1.0"
