from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.addresses import MAX_URL_LENGTH, check_url, refused
from app.domain.errors import Invalid

LOOPBACK = (ip_network("127.0.0.0/8"),)


def words(text: str) -> list[str]:
    return text.split()


# The IANA special-purpose registry, multicast and reserved space, written out independently of
# the ipaddress module, and the one public address that is a platform's own.
CLOSED_V4 = [
    ip_network(text)
    for text in words(
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 "
        "172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 "
        "198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    )
]
OPEN_V6 = ip_network("2000::/3")
CLOSED_V6 = [ip_network(text) for text in words("2001::/23 2001:db8::/32 2002::/16 3fff::/20")]
NAMED_IN_THE_DESIGN = words(
    "::/96 64:ff9b::/96 64:ff9b:1::/48 2002::/16 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 "
    "100::/64 fec0::/10 192.88.99.0/24 192.0.0.0/24 224.0.0.0/4 ff00::/8"
)
PUBLIC = words(
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 "
    "168.63.129.15 168.63.129.17 172.15.255.255 172.32.0.0 192.0.1.0 192.88.98.255 192.167.255.255 "
    "198.17.255.255 198.20.0.0 223.255.255.255 2001:200:: 2001:db7:ffff:: 2001:db9:: 2003:: "
    "2606:4700:4700::1111 2a00:1450:4001::200e 3ffe:ffff:: ::ffff:8.8.8.8"
)
SPECIAL_V6 = words(
    ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:224.0.0.1 "
    "::ffff:168.63.129.16 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 "
    "64:ff9b:1::a00:1 2002:7f00:1:: 2002:a9fe:a9fe:: 2001:0:7f00:1:: 2001:db8::1 fc00::1 "
    "fd00:ec2::254 fd20:ce::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 4000::1 e000::1 100::1"
)


def in_any(
    address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]
) -> bool:
    return any(address in network for network in networks)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_pass(text: str) -> None:
    assert not refused(ip_address(text))


@pytest.mark.parametrize("text", SPECIAL_V6)
def test_special_ipv6_addresses_are_refused(text: str) -> None:
    assert refused(ip_address(text))


@pytest.mark.parametrize("text", NAMED_IN_THE_DESIGN)
def test_both_ends_of_each_named_range_are_refused(text: str) -> None:
    network = ip_network(text)
    assert refused(network[0])
    assert refused(network[-1])


@pytest.mark.parametrize("block", CLOSED_V4, ids=str)
def test_ipv4_blocks_are_closed_exactly_to_their_edges(block: IPv4Network) -> None:
    edges = (int(block[0]) - 1, int(block[0]), int(block[-1]), int(block[-1]) + 1)
    for address in [IPv4Address(edge) for edge in edges if 0 <= edge < 2**32]:
        assert refused(address) == in_any(address, CLOSED_V4), address


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_ipv4_agrees_with_the_registry_mapped_or_not(address: IPv4Address) -> None:
    expected = in_any(address, CLOSED_V4)
    assert refused(address) == expected
    assert refused(IPv6Address(f"::ffff:{address}")) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.integers(0, 2**128 - 1),
        st.integers(int(OPEN_V6[0]), int(OPEN_V6[-1])),
        *(st.integers(int(n[0]), int(n[-1])) for n in CLOSED_V6),
    ).map(IPv6Address)
)
def test_ipv6_is_open_only_inside_global_unicast_space(address: IPv6Address) -> None:
    if address.ipv4_mapped is None:
        expected = address in OPEN_V6 and not in_any(address, CLOSED_V6)
        assert refused(address) == (not expected)


@pytest.mark.parametrize(
    "text", ["fe80::1%eth0", "2606:4700:4700::1111%eth0", "::1%lo", "fe80::1%25eth0"]
)
def test_zone_ids_are_refused_even_in_an_allowed_network(text: str) -> None:
    assert refused(ip_address(text), (ip_network("::/0"),))


@pytest.mark.parametrize(
    ("text", "networks", "expected"),
    [
        ("127.0.0.1", ["127.0.0.0/8"], False),
        ("::ffff:127.0.0.1", ["127.0.0.0/8"], False),
        ("10.1.2.3", ["127.0.0.0/8"], True),
        ("10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"], False),
        ("::1", ["127.0.0.0/8"], True),
        ("::1", ["::1/128"], False),
        ("fd12::1", ["fd00::/8"], False),
        ("2002:7f00:1::", ["127.0.0.0/8"], True),
        ("64:ff9b::7f00:1", ["127.0.0.0/8"], True),
        ("8.8.8.8", ["127.0.0.0/8"], False),
    ],
)
def test_named_private_networks_open_themselves_and_nothing_else(
    text: str, networks: list[str], *, expected: bool
) -> None:
    assert refused(ip_address(text), [ip_network(n) for n in networks]) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com/",
        "HTTPS://Example.COM/Hook?token=a%20b#part",
        "https://example.com:8443/hook",
        "https://example.com:443/",
        "http://example.com:1024/",
        "http://example.com:65535/",
        "http://example.com:/",
        "https://example.com./",
        "https://xn--bcher-kva.example/",
        "https://a_b.example.com/",
        "https://hook",
        "https://3com.example2",
        "http://8.8.8.8/",
        "http://[2606:4700:4700::1111]:8080/",
    ],
)
def test_urls_that_may_be_called(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "url"),
        ("https://exam ple.com/", "url"),
        ("https://example.com/\n", "url"),
        ("ht\ttps://example.com/", "url"),
        ("https://bücher.example/", "url"),
        ("https://example.com\\@127.0.0.1/", "url"),
        ("https://example.com:80:90/", "url"),
        ("https://example.com:port/", "url"),
        ("https://example.com:65536/", "url"),
        ("https://[::1/", "url"),
        ("https://example.com/" + "a" * MAX_URL_LENGTH, "url"),
        ("example.com/hook", "scheme"),
        ("//example.com/hook", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("https://user@example.com/", "userinfo"),
        ("https://user:secret@example.com/", "userinfo"),
        ("https://@example.com/", "userinfo"),
        ("https://example.com:0/", "port"),
        ("https://example.com:22/", "port"),
        ("https://example.com:25/", "port"),
        ("https://example.com:1023/", "port"),
        ("https:///hook", "host"),
        ("https://", "host"),
        ("https://-a.example/", "host"),
        ("https://a-.example/", "host"),
        ("https://a..example/", "host"),
        ("https://.example/", "host"),
        ("https://%31%32%37.0.0.1/", "host"),
        ("https://" + "a" * 64 + ".example/", "host"),
        ("https://" + "abc." * 64 + "example/", "host"),
        ("http://2130706433/", "host"),
        ("http://017700000001/", "host"),
        ("http://0x7f000001/", "host"),
        ("http://0x7f.0.0.1/", "host"),
        ("http://0177.0.0.1/", "host"),
        ("http://127.1/", "host"),
        ("http://127.0.0.1./", "host"),
        ("http://127.0.0.0x1/", "host"),
        ("http://1.2.3.4.5/", "host"),
        ("http://256.0.0.1/", "host"),
        ("http://0/", "host"),
        ("http://127.0.0.1/", "not_public"),
        ("http://10.0.0.1:8080/", "not_public"),
        ("http://[::1]/", "not_public"),
        ("http://[::ffff:127.0.0.1]/", "not_public"),
        ("http://[fe80::1%25eth0]/", "not_public"),
    ],
)
def test_urls_that_can_never_be_called_say_why(url: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_url(url, pointer="/target/url")
    assert refusal.value.code == "url_refused"
    assert refusal.value.facts == {"reason": reason}
    assert refusal.value.pointer == "/target/url"


def test_a_refusal_does_not_repeat_the_url() -> None:
    with pytest.raises(Invalid) as refusal:
        check_url("https://user:hunter2@example.com/?token=s3cret")
    assert "hunter2" not in refusal.value.detail
    assert "s3cret" not in refusal.value.detail


def test_a_literal_in_an_allowed_network_may_be_entered() -> None:
    check_url("http://127.0.0.1:8000/hook", LOOPBACK)
    with pytest.raises(Invalid):
        check_url("http://10.0.0.1:8000/hook", LOOPBACK)
