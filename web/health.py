"""Whether the portal can do its work, for the container engine and a load balancer: no detail, for anyone may ask."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from web.access import for_everyone
from web.context import reading

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@for_everyone
def check() -> tuple[Response, int]:
    """200 when the database answers, else 503. Redis may be away: uploads are taken all the same."""
    try:
        reading().execute(select(1))
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return jsonify(status="database does not answer"), 503
    return jsonify(status="ok"), 200
