"""Whether the portal can do its work, for machines; and how the whole service is, for those who answer for a course.

`/healthz` gives no detail, for anyone may ask.
"""

from __future__ import annotations

import hmac
import logging

from flask import Blueprint, Response, jsonify, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from grader.sandbox.doctor import Finding, Level
from submissions.gradings.timings import timings
from submissions.models import now
from submissions.service import health, metrics
from web.frame import limits
from web.frame.access import for_any_staff, for_everyone
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.words.states import Chip

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)

_CHIPS = {
    Level.PASS: Chip("✓", "well", "good"),
    Level.CAUTION: Chip("!", "look at it", "warn"),
    Level.FAIL: Chip("✗", "needs you", "bad"),
}


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


@blueprint.get("/metrics")
@for_everyone
def numbers() -> Response:
    """The service in numbers for Prometheus, which shows the token that `handin metrics --token` prints; to nobody
    else there is such a page."""
    shown = request.authorization
    token = shown.token if shown is not None and shown.type == "bearer" else None
    if not hmac.compare_digest((token or "").encode(), portal().secrets.metrics_token.encode()):
        not_found()
    return Response(metrics.text(reading(), now()), content_type=metrics.CONTENT_TYPE)


@blueprint.get("/health")
@for_any_staff
def page() -> str:
    """Every part of the service: first in one sentence, then one by one, the worst first."""
    at = now()
    verified = health.verification(reading())
    findings = [_broker(), *health.look(reading(), portal().settings, at), health.of_verification(verified, at)]
    kind = reading().connection().dialect.name
    findings.append(Finding("database", Level.PASS, f"{'PostgreSQL' if kind == 'postgresql' else 'SQLite'} answers"))
    worst_first = sorted(findings, key=lambda finding: -list(Level).index(finding.level))
    return render_template(
        "health.html",
        rows=[(finding, _CHIPS[finding.level]) for finding in worst_first],
        bad=sum(finding.level is Level.FAIL for finding in findings),
        doubtful=sum(finding.level is Level.CAUTION for finding in findings),
        verified=verified,
        timings=timings(reading()),
    )


def _broker() -> Finding:
    answers = limits.redis_answers()
    if answers is None:
        return Finding("redis", Level.CAUTION, "none is set", "Set HANDIN_BROKER, or start all with `handin up`.")
    if not answers:
        remedy = "Start it. No hand-in is lost meanwhile; they wait until workers can be woken."
        return Finding("redis", Level.FAIL, "it does not answer", remedy)
    return Finding("redis", Level.PASS, "it answers")
