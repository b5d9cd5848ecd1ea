"""All routers into a workspace, in the order of the document."""

from app.api.routes import (
    api_keys,
    calendar_feeds,
    deliveries,
    events,
    group_verbs,
    groups,
    leaves,
    memberships,
    organizers,
    people,
    webhook_endpoints,
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
    webhook_endpoints.routes,
    deliveries.routes,
    events.routes,
    events.streams,
    calendar_feeds.routes,
    api_keys.routes,
)
