using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Options that cannot be harvested by, told before anything is asked for.</summary>
static class HarvestChecks
{
    /// <exception cref="InputException">An address or an option is wrong.</exception>
    public static void Check(HarvestOptions options)
    {
        if (options.Addresses.Count == 0)
        {
            throw new InputException("no address is given", "harvest", "name the page whose documents are wanted");
        }

        foreach (Uri address in options.Addresses)
        {
            if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
            {
                throw new InputException("it is no address of the web", address.OriginalString, "give one that begins with http:// or https://");
            }

            if (!options.AllowPrivate && AddressGuard.RefusedLiterally(address) is { } kind)
            {
                throw new InputException($"it is {kind}", address.AbsoluteUri, "give --allow-private when you mean to ask your own machine or network");
            }
        }

        foreach ((string name, string value) in options.Headers)
        {
            if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') || value.Any(char.IsControl))
            {
                throw new InputException($"'{name}' is no header with a value of one line", "--header", "write it as Name: value");
            }
        }

        if (options.UserAgent.Length == 0 || !options.UserAgent.All(letter => letter is >= ' ' and <= '~'))
        {
            throw new InputException("it is empty or has letters that headers do not take", "--user-agent", "write product/version and whom to ask about it");
        }
    }
}

/// <summary>What a harvest looks for, in one word that is the same for the same: an interrupted one is taken up by its like alone.</summary>
static class HarvestWish
{
    public static string Of(HarvestOptions options)
    {
        string[] parts =
        [
            .. options.Addresses.Select(address => address.AbsoluteUri), "types", .. options.Types, "include", .. options.Include, "exclude", .. options.Exclude,
            "limits", FormattableString.Invariant($"{options.Depth} {options.MaxFiles} {options.MaxPages} {options.MaxBytes} {options.MaxFileBytes} {options.MaxPageBytes} {options.MaxLinksPerPage}"),
            "switches", $"{options.Sitemaps} {options.Feeds} {options.Probes} {options.Papers} {options.CrossHost} {options.AllowPrivate} {options.Robots}",
            "who", options.UserAgent, .. options.Headers.Select(header => $"{header.Key}: {header.Value}"),
        ];

        // Hashed, since headers may hold secrets.
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(part => JsonEncodedText.Encode(part).ToString())))).AsSpan(0, 16));
    }
}
