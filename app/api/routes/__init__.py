"""All routers into a workspace, in the order of the document."""

from app.api.routes import people

ALL_ROUTES = (people.routes,)
