"""Which addresses are never connected to, whatever name led there.

The list is our own: `ipaddress.is_global` differs between the Python versions that the
shop runs on, and calls some of these public (CVE-2024-4032). Where the registries of
IANA say that a special network is reachable from everywhere (relays, AS112 sinks), it
is refused all the same: no shop keeps its pictures there.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

REFUSED = {
    # https://www.iana.org/assignments/iana-ipv4-special-registry
    "0.0.0.0/8": "this host, this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local, and the metadata service of clouds",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, and broadcast",
    # https://www.iana.org/assignments/iana-ipv6-special-registry
    # Public addresses are in 2000::/3. These three are all the rest: ::, ::1,
    # IPv4-mapped and -compatible addresses, 64:ff9b:: (NAT64), 100:: (discard),
    "::/3": "not assigned, or an IPv4 address in disguise",
    "4000::/2": "not assigned, or segment routing",  # 5f00::
    "8000::/1": "not assigned, unique local, link-local, site-local, multicast",
    "2001::/23": "protocol assignments: Teredo, benchmarks, ORCHID",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4: an IPv4 address in disguise",
    "2620:4f:8000::/48": "AS112",
    "3ffe::/16": "6bone, given back",
    "3fff::/20": "documentation",
}

_networks: list[IPv4Network | IPv6Network] = [ip_network(text) for text in REFUSED]


def is_public(address: str) -> bool:
    """Whether it is an address of the public internet; what is none at all is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return not any(parsed in network for network in _networks)
