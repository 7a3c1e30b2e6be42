"""Who can reach the portal, what they could read on the way, and what it could do if it were taken over."""

from __future__ import annotations

import os
from ipaddress import ip_address

from grader.sandbox.doctor import Finding, Level, in_container
from submissions.settings import Settings

_PROXY = (
    "Let a proxy with a certificate stand before it (docs/deploying.md): HANDIN_ADDRESS=127.0.0.1, "
    "HANDIN_PUBLIC_URL=https://…, HANDIN_BEHIND_PROXY=true."
)


def examine(table: Settings) -> list[Finding]:
    """How the portal is reached, and as whom it runs."""
    return [_portal(table), _user()]


def is_local(host: str) -> bool:
    """Whether an address is this machine's own, which no other can reach."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _portal(table: Settings) -> Finding:
    https = table.public_url.startswith("https://")
    # A container's address is its own; the engine decides who reaches it.
    alone = is_local(table.address) or in_container()
    seen = f"listens on {table.address}"
    if not https and not alone:
        found = f"{seen} without HTTPS: passwords cross the network for everybody on it to read"
        return Finding("portal", Level.CAUTION, found, _PROXY)
    if https and not table.behind_proxy:
        found = f"{seen}, HTTPS ends before it, and nobody's address is known: the failed logins of one count for all"
        return Finding("portal", Level.CAUTION, found, "Set HANDIN_BEHIND_PROXY=true.")
    if table.behind_proxy and not https:
        found = f"{seen} behind a proxy, and cookies are not bound to HTTPS"
        return Finding("portal", Level.CAUTION, found, "Set HANDIN_PUBLIC_URL=https://… as students type it.")
    if table.behind_proxy and not alone:
        found = f"{seen}: whoever reaches it around the proxy can say any address, and guess passwords without end"
        remedy = "Set HANDIN_ADDRESS=127.0.0.1, or let a firewall pass nobody but the proxy to the port."
        return Finding("portal", Level.CAUTION, found, remedy)
    return Finding("portal", Level.PASS, f"{seen}, {'HTTPS by a proxy' if https else 'for this machine alone'}")


def _user() -> Finding:
    if os.geteuid() != 0:
        return Finding("privilege", Level.PASS, f"user {os.geteuid()}, not root")
    return Finding(
        "privilege",
        Level.CAUTION,
        "root: a hole in the portal would be a hole in the machine",
        "Run it as a user of its own, as deploy/handin.service does. Only `handin worker` gains from being root.",
    )
