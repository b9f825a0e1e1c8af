namespace Shoestring.Survey;

/// <summary>Addresses that came with the data: only those of the web become links.</summary>
static class SafeLink
{
    const int Longest = 2048;

    /// <summary>The address in its canonical spelling when it is absolute, of http or https and without a user's name, else null.</summary>
    public static string? Of(string? address) =>
        address is { Length: > 0 and <= Longest } && Uri.TryCreate(address.Trim(), UriKind.Absolute, out Uri? uri)
            && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Host.Length > 0
            ? uri.AbsoluteUri
            : null;

    /// <summary>A link that leaves the site, or the words alone where the address is none.</summary>
    public static Html Outward(string? address, Html words) =>
        Of(address) is { } safe ? Html.Of($"""<a href="{safe}" rel="noreferrer external">{words}</a>""") : words;
}
