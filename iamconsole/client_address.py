"""Who a request comes from, and whether it came by HTTPS: decided here and nowhere else.

A front end (nginx, a load balancer) is the peer of every connection, and tells the client's address and
scheme in ``X-Forwarded-For`` and ``X-Forwarded-Proto``. Anybody can send these headers, so they count only
from a peer that ``IAMCONSOLE_TRUSTED_PROXIES`` names. The outermost middleware writes what was decided to
``REMOTE_ADDR`` and to the request's scheme; pages, API, cookies, redirects, events and throttles read that.
"""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LONGEST = 64  # characters of an address with brackets, zone and port
BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]{1,45})(?:%[^\]]{0,64})?\](?::[0-9]{1,5})?", re.ASCII)
WITH_PORT = re.compile(r"([0-9.]{1,45}):[0-9]{1,5}", re.ASCII)
# More hops than this nobody has; the rest of the header is the client's own invention.
MOST_HOPS = 32
# Asked by whoever watches the console, through no proxy.
NOBODYS_PATHS = ("/healthz", "/readyz", "/startedz")
WARN_SECONDS = 300
NO_ADDRESS = (
    "The trusted proxy %s sends no client address in X-Forwarded-For, so all of its clients look like one, "
    "also to the limits of wrong passwords. Configure it to send the client's address there."
)
NOT_TRUSTED = (
    "%s sends X-Forwarded-Proto, but IAMCONSOLE_TRUSTED_PROXIES does not name it. The header is ignored. "
    "If this is your proxy, name it there. Until then every page redirects to itself."
)
_warned: dict[str, float] = {}


class AddressProblem(ValueError):
    """An entry of IAMCONSOLE_TRUSTED_PROXIES that is neither an address nor a network."""


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: with port, brackets or zone, IPv4 in IPv6 dress. None if it is none."""
    text = text.strip(" \t")
    if not text or len(text) > LONGEST:
        return None
    if match := BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text):
        text = match[1]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def parse_network(text: str) -> Network:
    """An address or a network of the settings. Raises AddressProblem with a sentence."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise AddressProblem(f"{text!r} is neither an IP address nor a network.") from None
    if not network.prefixlen:
        raise AddressProblem(f"{text!r} is the whole internet, so anybody could forge an address.")
    if ip_address(text.partition("/")[0]) != network.network_address:
        raise AddressProblem(f"{text!r} names an address inside a network. Use {network} for the network.")
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return ip_network(f"{mapped}/{network.prefixlen - 96}") if mapped and network.prefixlen > 96 else network


@lru_cache(maxsize=8)
def trusted_networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of the setting. Raises AddressProblem."""
    return tuple(parse_network(entry) for entry in entries)


def is_trusted(address: Address) -> bool:
    """Whether IAMCONSOLE_TRUSTED_PROXIES names the address."""
    networks = trusted_networks(tuple(settings.TRUSTED_PROXIES))
    return any(address.version == network.version and address in network for network in networks)


class ClientAddressMiddleware:
    """Stands before everything else. ``REMOTE_ADDR`` is an address in its shortest form afterwards, or ""."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        trusted_networks(tuple(settings.TRUSTED_PROXIES))  # nonsense is refused now, not at each request
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        peer = parse_address(meta.get("REMOTE_ADDR") or "")
        client = peer
        if peer and is_trusted(peer):
            if request.path_info not in NOBODYS_PATHS:
                client = forwarded_client(peer, meta.get("HTTP_X_FORWARDED_FOR", ""))
            if scheme := forwarded_scheme(meta.get("HTTP_X_FORWARDED_PROTO", "")):
                meta["wsgi.url_scheme"] = scheme
        elif settings.HTTPS and "HTTP_X_FORWARDED_PROTO" in meta:
            warn(NOT_TRUSTED, peer)
        meta["REMOTE_ADDR"] = str(client or "")
        return self.get_response(request)


def forwarded_client(peer: Address, header: str) -> Address:
    """The client of a trusted proxy: from the right, the first address that is no trusted proxy's.

    Each proxy writes on the right whom it saw, so what stands left of an untrusted address, or of something
    that is no address, is what somebody claims. It is not looked at.
    """
    client = peer
    for part in reversed(header.split(",")[-MOST_HOPS:]):
        address = parse_address(part)
        if address is None:
            warn(NO_ADDRESS, client)
            break
        client = address
        if not is_trusted(client):
            break
    return client


def forwarded_scheme(header: str) -> str:
    """https if every proxy on the way says so; http if any says something else; "" if none says anything."""
    schemes = {part.strip().lower() for part in header.split(",")} - {""}
    return "" if not schemes else "https" if schemes == {"https"} else "http"


def warn(message: str, address: Address | None) -> None:
    """Say it now and then: what is wrong is wrong with every request."""
    now = time.monotonic()
    if now - _warned.get(message, -WARN_SECONDS) >= WARN_SECONDS:
        _warned[message] = now
        log.warning(message, address)
