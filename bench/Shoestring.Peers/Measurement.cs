using Shoestring.LlamaCpp;

namespace Shoestring.Peers;

/// <summary>The whole comparison on one model.</summary>
static class Measurement
{
    public static Result Run(string path, Workload workload)
    {
        using var weights = LlamaModel.Load(path);
        var sides = Sides(path, weights, workload);
        try
        {
            var bytes = new FileInfo(path).Length;
            var comparisons = Comparisons(sides, workload, new ReadLoop(bytes, workload.Threads)).ToArray();
            return new(Result.SchemaName, Machine.Here($"{PeerPackage.Release}, CPU backend {LlamaRuntime.CpuVariant}"), Path.GetFileName(path), bytes, workload, comparisons);
        }
        finally
        {
            foreach (var side in sides)
                side.Dispose();
        }
    }

    static ISide[] Sides(string path, LlamaModel weights, Workload workload) =>
    [
        new ShoestringSide(path, workload),
        new LlamaSide(weights, workload, FlashAttention.Off, keepThreads: false),
        new LlamaSide(weights, workload, FlashAttention.On, keepThreads: false),
        new LlamaSide(weights, workload, FlashAttention.Off, keepThreads: true),
        new LlamaSide(weights, workload, FlashAttention.On, keepThreads: true),
    ];

    static IEnumerable<Comparison> Comparisons(ISide[] sides, Workload workload, ReadLoop loop)
    {
        yield return Contest.Run($"prefill {workload.PromptTokens}", "tokens/s", workload.Rounds,
            [.. sides.Select(side => new Contender(side.Name, () => side.Prefill(workload.PromptTokens)))]);
        foreach (var batch in workload.Batches)
            yield return Decode(sides, workload, batch, batch == 1 ? loop : null);
    }

    // A pass of the read loop over a buffer of the file's size stands beside the decoding of one token.
    static Comparison Decode(ISide[] sides, Workload workload, int batch, ReadLoop? loop)
    {
        var contenders = sides.Select(side => new Contender(side.Name, () => side.Decode(workload.GenerateTokens, batch)));
        if (loop is not null)
            contenders = contenders.Append(new("read loop, passes over the file's size", () => loop.Run(workload.GenerateTokens)));
        return Contest.Run($"decode batch {batch}", "tokens/s", workload.Rounds, [.. contenders]);
    }
}
