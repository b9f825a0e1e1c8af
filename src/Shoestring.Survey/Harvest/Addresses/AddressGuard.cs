using System.Net;
using System.Net.Sockets;

namespace Shoestring.Survey;

/// <summary>Tells addresses of the public internet from those that lead into this machine or its network.</summary>
static class AddressGuard
{
    // The blocks of IANA's special-purpose registries that are not reachable from everywhere, and multicast.
    static readonly (IPNetwork Block, string Kind)[] refused =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "an address of this network"),
        (IPNetwork.Parse("10.0.0.0/8"), "a private address"),
        (IPNetwork.Parse("100.64.0.0/10"), "an address behind a carrier's translation"),
        (IPNetwork.Parse("127.0.0.0/8"), "a loopback address"),
        (IPNetwork.Parse("169.254.0.0/16"), "a link-local address"),
        (IPNetwork.Parse("172.16.0.0/12"), "a private address"),
        (IPNetwork.Parse("192.0.0.0/24"), "a reserved address"),
        (IPNetwork.Parse("192.0.2.0/24"), "an address for documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "a reserved address"),
        (IPNetwork.Parse("192.168.0.0/16"), "a private address"),
        (IPNetwork.Parse("198.18.0.0/15"), "an address for benchmarks"),
        (IPNetwork.Parse("198.51.100.0/24"), "an address for documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "an address for documentation"),
        (IPNetwork.Parse("224.0.0.0/4"), "a multicast address"),
        (IPNetwork.Parse("240.0.0.0/4"), "a reserved address"),
        (IPNetwork.Parse("::/128"), "an unspecified address"),
        (IPNetwork.Parse("::1/128"), "a loopback address"),
        (IPNetwork.Parse("64:ff9b:1::/48"), "a private address"),
        (IPNetwork.Parse("100::/64"), "a reserved address"),
        (IPNetwork.Parse("2001::/32"), "a tunnel's address"),
        (IPNetwork.Parse("2001:db8::/32"), "an address for documentation"),
        (IPNetwork.Parse("3fff::/20"), "an address for documentation"),
        (IPNetwork.Parse("5f00::/16"), "a reserved address"),
        (IPNetwork.Parse("fc00::/7"), "a private address"),
        (IPNetwork.Parse("fe80::/10"), "a link-local address"),
        (IPNetwork.Parse("fec0::/10"), "a private address"),
        (IPNetwork.Parse("ff00::/8"), "a multicast address"),
    ];

    // IPv6 addresses that carry an IPv4 address, and where: compatible, translated, and 6to4.
    static readonly (IPNetwork Block, int Offset)[] carriers =
    [
        (IPNetwork.Parse("::/96"), 12),
        (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
    ];

    /// <summary>What kind of refused address it is, or null when it is public.</summary>
    public static string? Refused(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
        foreach ((IPNetwork block, string kind) in refused)
        {
            if (block.BaseAddress.AddressFamily == plain.AddressFamily && block.Contains(plain))
            {
                return kind;
            }
        }

        return plain.AddressFamily == AddressFamily.InterNetworkV6 ? Carried(plain) : null;
    }

    /// <summary>The same for a host that is written as a number or is this machine's own name, without asking anybody.</summary>
    public static string? RefusedLiterally(Uri address)
    {
        string host = address.IdnHost.TrimEnd('.');
        return IPAddress.TryParse(address.HostNameType == UriHostNameType.IPv6 ? address.Host.Trim('[', ']') : host, out IPAddress? number) ? Refused(number)
            : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ? "a loopback address"
            : null;
    }

    static string? Carried(IPAddress address)
    {
        foreach ((IPNetwork block, int offset) in carriers)
        {
            if (block.Contains(address))
            {
                return Refused(new IPAddress(address.GetAddressBytes().AsSpan(offset, 4)));
            }
        }

        return null;
    }
}
