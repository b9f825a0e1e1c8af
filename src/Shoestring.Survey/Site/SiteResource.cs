using System.Text;

namespace Shoestring.Survey;

/// <summary>Files that were built into this library: texts, committed results, style and scripts.</summary>
static class SiteResource
{
    /// <summary>All names, in an order that is the same everywhere.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(SiteResource).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <summary>A file's bytes.</summary>
    public static Stream Open(string name) => typeof(SiteResource).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"{name} was not built into the library");

    /// <summary>A file's text.</summary>
    public static string Text(string name)
    {
        using var reader = new StreamReader(Open(name), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
