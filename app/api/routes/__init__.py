"""All routers into a workspace, in the order of the document."""

from app.api.routes import (
    api_keys,
    calendar_feeds,
    group_verbs,
    groups,
    leaves,
    memberships,
    organizers,
    people,
    workspaces,
)

ALL_ROUTES = (
    workspaces.routes,
    people.routes,
    groups.routes,
    group_verbs.routes,
    organizers.routes,
    memberships.routes,
    leaves.routes,
    calendar_feeds.routes,
    api_keys.routes,
)
