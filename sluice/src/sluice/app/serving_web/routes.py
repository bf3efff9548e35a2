"""The site as one ASGI application: its routes, its errors, and the guard around everything."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from sluice.app.serving_web.api.routes import api_routes
from sluice.app.serving_web.guard import Guard, Keys
from sluice.app.serving_web.orders import order_routes
from sluice.app.serving_web.pages import page_routes
from sluice.app.serving_web.site import NotFoundError, Site
from sluice.source.errors import InvalidInputError, SluiceError
from sluice.views.web.frame import message_page


def make_app(site: Site, keys: Keys) -> ASGIApp:
    """Everything that is served."""
    app = Starlette(
        routes=[*page_routes(site), *order_routes(site), *api_routes(site)],
        exception_handlers={SluiceError: partial(_refused, site), HTTPException: partial(_unknown, site)},
    )
    return Guard(app, keys)


def _refused(site: Site, request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    """What is wrong with what was asked for."""
    assert isinstance(error, SluiceError)  # noqa: S101 - it is registered for these
    lines = [error.message]
    if isinstance(error, InvalidInputError):
        lines = [f"{one.span}: {one.message}" for one in error.diagnostics]
    missing = isinstance(error, NotFoundError)
    title = "Not found" if missing else "That can't be done"
    return HTMLResponse(message_page(site.repository, title, lines, error.hint), 404 if missing else 422)


def _unknown(site: Site, request: Request, error: Exception) -> Response:
    """An address that isn't there, or that doesn't take this method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    said = f"{request.method} {request.url.path}: {error.detail}"
    return HTMLResponse(message_page(site.repository, error.detail, [said]), error.status_code, error.headers)
