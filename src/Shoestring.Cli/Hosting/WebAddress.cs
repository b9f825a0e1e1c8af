namespace Shoestring.Cli;

/// <summary>Addresses that are given as options.</summary>
static class WebAddress
{
    /// <summary>The address.</summary>
    /// <exception cref="InputException">It is none of the web.</exception>
    public static Uri Of(string text, string option) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
        ? uri
        : throw new InputException($"'{text}' is no address of the web", option, "give one that begins with https://");
}
