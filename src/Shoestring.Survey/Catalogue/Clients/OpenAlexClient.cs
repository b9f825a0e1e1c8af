using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Asks OpenAlex (docs.openalex.org: at most ten questions a second; an address in the question is answered sooner).</summary>
/// <param name="client">How it asks.</param>
/// <param name="address">Where; OpenAlex's own interface when null.</param>
/// <param name="contact">An address that it can write to; null for none.</param>
public sealed class OpenAlexClient(PoliteClient client, Uri? address = null, string? contact = null)
{
    const int Page = 100;

    /// <summary>The time that OpenAlex wants between two questions.</summary>
    public static TimeSpan Gap { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>OpenAlex's own interface.</summary>
    public static Uri Home { get; } = new("https://api.openalex.org/works");

    readonly Uri address = address ?? Home;

    /// <summary>Works whose title or abstract has the words, published from a day on.</summary>
    /// <param name="words">The words, as OpenAlex's search takes them.</param>
    /// <param name="since">The first day.</param>
    /// <param name="until">The last day.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Stops between answers.</param>
    /// <exception cref="InputException">OpenAlex cannot be asked or answers with an error.</exception>
    public async Task<IReadOnlyList<SourceEntry>> Since(string words, DateOnly since, DateOnly until, int limit, CancellationToken cancellation = default)
    {
        // Commas part filters, so they cannot stand within one.
        string filter = string.Create(CultureInfo.InvariantCulture, $"title_and_abstract.search:{words.Replace(',', ' ')},from_publication_date:{since:yyyy-MM-dd},to_publication_date:{until:yyyy-MM-dd}");
        var entries = new List<SourceEntry>();
        string? cursor = "*";
        while (cursor is not null && entries.Count < limit)
        {
            string mail = contact is null ? "" : $"&mailto={Uri.EscapeDataString(contact)}";
            Uri page = new UriBuilder(address) { Query = $"filter={Uri.EscapeDataString(filter)}&per-page={Math.Min(Page, limit - entries.Count)}&cursor={Uri.EscapeDataString(cursor)}{mail}" }.Uri;
            (IReadOnlyList<SourceEntry> found, string? next) = OpenAlexJson.Read(await client.Ask(page, cancellation).ConfigureAwait(false), address.Host);
            entries.AddRange(found);
            cursor = found.Count > 0 && next != cursor ? next : null;
        }

        return [.. entries.Take(limit)];
    }
}
