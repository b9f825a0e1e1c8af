using System.Diagnostics;
using Shoestring.Experiments;
using Shoestring.Survey;

namespace Shoestring.Papers;

/// <summary>Times of one query, in milliseconds.</summary>
sealed record QueryTime(string Query, int Found, long Matches, double Median, double Slowest);

/// <summary>Times of all.</summary>
sealed record SearchResult(string Machine, int Papers, int Rounds, double BuildSeconds, long FileBytes, double MedianMilliseconds, double NinetyFifthMilliseconds, double SlowestMilliseconds, IReadOnlyList<QueryTime> Queries);

/// <summary>
/// Searches over made-up papers whose titles recombine the words of the real ones, so that common words are as common as they are: some
/// queries match half of all papers.
/// </summary>
sealed class SearchBench(int papers, int rounds)
{
    static readonly CatalogueQuery[] queries =
    [
        new() { Words = "quantization" }, new() { Words = "large language models" }, new() { Words = "model" }, new() { Words = "kv cache" },
        new() { Words = "speculative decoding" }, new() { Words = "activation-aware weight quant" }, new() { Words = "\"knowledge distillation\"" },
        new() { Words = "pruning -structured" }, new() { Words = "low rank adapt" }, new() { Words = "efficient", From = 2024 },
        new() { Words = "quantization", Venue = "ICLR" }, new() { Words = "cache", Family = "Quantization" }, new() { Words = "inference", Stage = "Inference" },
        new() { Words = "sparse attention", Resource = Metering.Resource.Energy }, new() { Words = "q" }, new() { Words = "zzzz" }, new() { Family = "Early exit" },
        new() { From = 2025, Venue = "NeurIPS" }, new() { Words = "mixture experts routing" }, new() { Words = "llm" },
    ];

    public SearchResult Run()
    {
        string path = Path.Combine(Path.GetTempPath(), $"shoestring-search-{Guid.NewGuid():N}.db");
        try
        {
            var clock = Stopwatch.StartNew();
            using CatalogueStore store = CatalogueStore.Open(path);
            store.Replace(MadeUp.Papers(papers));
            double build = clock.Elapsed.TotalSeconds;
            QueryTime[] times = [.. queries.Select(query => Time(store, query))];
            double[] all = [.. times.Select(time => time.Median).Order()];
            return new SearchResult(MachineDescription.Current.ToString(), papers, rounds, build, new FileInfo(path).Length,
                all[all.Length / 2], all[(int)(all.Length * 0.95)], times.Max(time => time.Slowest), times);
        }
        finally
        {
            foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*"))
            {
                File.Delete(file);
            }
        }
    }

    QueryTime Time(CatalogueStore store, CatalogueQuery query)
    {
        int found = store.Search(query).Count;
        long matches = store.Search(query with { Limit = int.MaxValue }).Count;
        double[] times = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            store.Search(query);
            times[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        string name = string.Join(' ', new[] { query.Words, query.Family, query.Stage, query.Venue, query.From?.ToString(System.Globalization.CultureInfo.InvariantCulture), query.Resource?.ToString() }.Where(part => part is not null));
        return new QueryTime(name, found, matches, times[rounds / 2], times[^1]);
    }
}
