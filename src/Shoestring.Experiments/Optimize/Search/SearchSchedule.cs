using Shoestring.Models;

namespace Shoestring.Experiments;

/// <summary>
/// How much of the text candidates are scored on before some are given up: successive halving (Jamieson and Talwalkar, arXiv
/// 1502.07943) over the length of the text. Everyone is scored on a small part; of each part the half that may still be on the
/// front goes on to twice as much.
/// </summary>
public sealed record SearchSchedule
{
    /// <summary>The share of the text that everyone is scored on: a sixteenth, so that four halvings end in the whole.</summary>
    public double FirstShare { get; init; } = 1.0 / 16;

    /// <summary>The fewest chunks that anyone is judged by: an interval over fewer says little.</summary>
    public int LeastChunks { get; init; } = 8;

    /// <summary>
    /// The share of all candidates that no halving goes below: about as many as a front has. On the benchmark of 70 candidates a
    /// quarter costs three tenths of scoring everything without a floor under quality (bench/Shoestring.Search).
    /// </summary>
    public double FinalShare { get; init; } = 0.25;

    /// <summary>The fewest candidates that halving goes on from.</summary>
    public int LeastFinalists { get; init; } = 8;

    /// <summary>A candidate is given up when another that costs no more is better by this many standard errors of the paired difference.</summary>
    public double StandardErrors { get; init; } = 3;

    /// <summary>
    /// A candidate is not even made when another that costs no more keeps all but so many per cent of the quality, surely: there is no
    /// more than that to gain. A tenth of what <see cref="Budget.Default"/> allows.
    /// </summary>
    public double Resolution { get; init; } = 0.1;

    /// <summary>Chunks that have been scored after each step, ascending; the last is all of them.</summary>
    public IEnumerable<int> Lengths(int chunks)
    {
        int length = Math.Min(chunks, Math.Max(LeastChunks, (int)Math.Ceiling(chunks * FirstShare)));
        for (; length < chunks; length = Math.Min(chunks, 2 * length))
        {
            yield return length;
        }

        yield return chunks;
    }

    /// <summary>How many of the <paramref name="alive"/> go on after a step, of <paramref name="all"/> that began.</summary>
    public int Keep(int alive, int all) => Math.Min(alive, Math.Max((alive + 1) / 2, Finalists(all)));

    int Finalists(int all) => Math.Max(LeastFinalists, (int)Math.Ceiling(all * FinalShare));

    /// <summary>The order in which chunks are scored: any part of it stands for the whole text.</summary>
    /// <param name="chunks">Chunks of the text.</param>
    /// <param name="seed">Decides on the order.</param>
    public static int[] Order(int chunks, ulong seed) =>
        [.. Enumerable.Range(0, chunks).OrderBy(chunk => CounterRandom.Uniform(seed, 0, (ulong)chunk)).ThenBy(chunk => chunk)];
}
