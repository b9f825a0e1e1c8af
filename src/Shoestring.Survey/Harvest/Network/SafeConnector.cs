using System.Net;
using System.Net.Sockets;

namespace Shoestring.Survey;

/// <summary>
/// Opens every connection. The name is looked up here, all its addresses are checked, and the connection goes to a checked address:
/// so the check holds for redirects and for names that change their address between two look-ups.
/// </summary>
sealed class SafeConnector(HarvestOptions options)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        DnsEndPoint target = context.DnsEndPoint;
        IPAddress[] addresses = await FindAsync(target.Host, cancellation).ConfigureAwait(false);

        // A proxy is the user's own choice, and what lies behind it is the proxy's to refuse.
        bool direct = target.Host.Equals(context.InitialRequestMessage.RequestUri?.IdnHost, StringComparison.OrdinalIgnoreCase)
            || target.Host.Equals(context.InitialRequestMessage.RequestUri?.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);
        if (direct && !options.AllowPrivate)
        {
            Check(target.Host, addresses);
        }

        IPEndPoint[] ends = options.Divert(target.Host, target.Port) is { } diverted
            ? [diverted]
            : [.. addresses.Select(address => new IPEndPoint(address, target.Port))];
        return new CountedStream(await AnyAsync(ends, cancellation).ConfigureAwait(false), options.Network);
    }

    static void Check(string host, IPAddress[] addresses)
    {
        foreach (IPAddress address in addresses)
        {
            if (AddressGuard.Refused(address) is { } kind)
            {
                throw new AddressRefused(address.ToString() == host ? host : $"{host} at {address}", kind);
            }
        }
    }

    async Task<IPAddress[]> FindAsync(string host, CancellationToken cancellation)
    {
        IPAddress[] found = IPAddress.TryParse(host, out IPAddress? number) ? [number] : await options.FindAddresses(host, cancellation).ConfigureAwait(false);
        return found.Length > 0 ? found : throw new SocketException((int)SocketError.HostNotFound);
    }

    static async Task<NetworkStream> AnyAsync(IPEndPoint[] ends, CancellationToken cancellation)
    {
        for (int i = 0; ; i++)
        {
            var socket = new Socket(ends[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(ends[i], cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i < ends.Length - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
