"""Hotseat: a REST service that coordinates mastermind groups."""

import zoneinfo

__version__ = "0.1.0"

# Time zones come from the pinned tzdata package alone: two machines with different copies of the
# data would put the same meeting at two instants.
zoneinfo.reset_tzpath(())
