using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Asks arXiv's interface (info.arxiv.org/help/api: one question in three seconds).</summary>
/// <param name="client">How it asks.</param>
/// <param name="address">Where; arXiv's own interface when null.</param>
public sealed class ArxivClient(PoliteClient client, Uri? address = null)
{
    /// <summary>Papers an answer: arXiv recommends pages of at most some hundreds.</summary>
    const int Page = 100;

    /// <summary>The time that arXiv wants between two questions.</summary>
    public static TimeSpan Gap { get; } = TimeSpan.FromSeconds(3);

    /// <summary>arXiv's own interface.</summary>
    public static Uri Home { get; } = new("https://export.arxiv.org/api/query");

    readonly Uri address = address ?? Home;

    /// <summary>Papers of a query, the newest first, back to a day.</summary>
    /// <param name="query">In arXiv's syntax: <c>cat:cs.CL AND abs:quantization</c>.</param>
    /// <param name="since">The first day.</param>
    /// <param name="until">The last day.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Stops between answers.</param>
    /// <exception cref="InputException">arXiv cannot be asked or answers with an error.</exception>
    public async Task<IReadOnlyList<SourceEntry>> Since(string query, DateOnly since, DateOnly until, int limit, CancellationToken cancellation = default)
    {
        string dated = string.Create(CultureInfo.InvariantCulture, $"({query}) AND submittedDate:[{since:yyyyMMdd}0000 TO {until:yyyyMMdd}2359]");
        var entries = new List<SourceEntry>();
        while (entries.Count < limit)
        {
            int wanted = Math.Min(Page, limit - entries.Count);
            Uri page = With($"search_query={Uri.EscapeDataString(dated)}&start={entries.Count}&max_results={wanted}&sortBy=submittedDate&sortOrder=descending");
            string answer = await client.Ask(page, cancellation).ConfigureAwait(false);
            IReadOnlyList<SourceEntry> found = ArxivAtom.Read(answer, address.Host);
            entries.AddRange(found);
            if (found.Count < wanted || entries.Count >= (ArxivAtom.Total(answer, address.Host) ?? int.MaxValue))
            {
                break;
            }
        }

        return entries;
    }

    /// <summary>What arXiv says of papers by their identifiers.</summary>
    /// <param name="ids">The identifiers.</param>
    /// <param name="cancellation">Stops between answers.</param>
    /// <exception cref="InputException">arXiv cannot be asked or answers with an error.</exception>
    public async Task<IReadOnlyList<SourceEntry>> Named(IEnumerable<string> ids, CancellationToken cancellation = default)
    {
        var entries = new List<SourceEntry>();
        foreach (string[] chunk in ids.Chunk(Page))
        {
            string answer = await client.Ask(With($"id_list={Uri.EscapeDataString(string.Join(',', chunk))}&max_results={chunk.Length}"), cancellation).ConfigureAwait(false);
            entries.AddRange(ArxivAtom.Read(answer, address.Host));
        }

        return entries;
    }

    Uri With(string query) => new UriBuilder(address) { Query = query }.Uri;
}
