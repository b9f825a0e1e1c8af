using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// What scoring given texts comes to, before it runs: every text as tokens, and the rows that are computed. The rows that
/// alternatives share at their beginning are computed once, then each one's own.
/// </summary>
public sealed class ContinuationPlan
{
    ContinuationPlan(PlannedAlternatives[] all)
    {
        All = all;
        Longest = all.Length == 0 ? 0 : all.Max(one => one.Longest);
        Truncated = all.Sum(one => one.Texts.Count(text => text.IsTruncated));
        foreach (PlannedRun run in all.SelectMany(one => one.Runs))
        {
            (Rows, LogitRows) = (Rows + run.End - run.Start, LogitRows + run.Wanted(run.Start, run.End));
        }
    }

    internal PlannedAlternatives[] All { get; }

    /// <summary>Positions of the longest text.</summary>
    public int Longest { get; }

    /// <summary>Texts whose context was cut from the left.</summary>
    public int Truncated { get; }

    /// <summary>Rows that are computed.</summary>
    public long Rows { get; }

    /// <summary>Rows whose logits are computed.</summary>
    public long LogitRows { get; }

    /// <summary>Encodes texts for a model that sees <paramref name="context"/> positions.</summary>
    /// <exception cref="InputException">A text cannot be scored, or is longer than the context.</exception>
    public static ContinuationPlan Of(Tokenizer tokenizer, IEnumerable<Alternatives> texts, int context) =>
        new([.. texts.Select(one => new PlannedAlternatives([.. one.Texts.Select(text => EncodedContinuation.Encode(tokenizer, text, context, one.Where))]))]);

    /// <summary>FLOPs of the whole by the cost model.</summary>
    public long Flops(CostModel cost)
    {
        long attention = All.SelectMany(one => one.Runs).Sum(run => cost.AttentionFlops(new WorkSpan(run.Start, run.End - run.Start)));
        return cost.ProductFlops(Rows, LogitRows) + attention;
    }
}

/// <summary>Consecutive rows of one text.</summary>
/// <param name="Text">Which of the alternatives it is.</param>
/// <param name="Start">First row.</param>
/// <param name="End">After the last row.</param>
/// <param name="FirstWanted">First row whose logits are wanted; all after it are too.</param>
/// <param name="IsShared">Whether the rows are those of all alternatives.</param>
readonly record struct PlannedRun(int Text, int Start, int End, int FirstWanted, bool IsShared)
{
    /// <summary>Rows from <paramref name="from"/> to before <paramref name="to"/> whose logits are wanted.</summary>
    public int Wanted(int from, int to) => Math.Max(0, to - Math.Max(from, FirstWanted));
}

/// <summary>Alternatives as tokens, and the rows that are computed for them.</summary>
sealed class PlannedAlternatives
{
    public PlannedAlternatives(EncodedContinuation[] texts)
    {
        Texts = texts;
        int shared = SharedRows(texts);
        PlannedRun[] runs = [new(0, 0, shared, texts.Min(text => text.FirstScoredRow), true), .. texts.Select((text, i) => new PlannedRun(i, shared, text.Rows, text.FirstScoredRow, false))];
        Runs = [.. runs.Where(run => run.End > run.Start)];
    }

    public EncodedContinuation[] Texts { get; }

    /// <summary>The shared rows, then the rows of each text after them.</summary>
    public PlannedRun[] Runs { get; }

    /// <summary>Positions of the longest text.</summary>
    public int Longest => Texts.Max(text => text.Rows);

    static int SharedRows(EncodedContinuation[] texts)
    {
        int shared = texts[0].Rows;
        foreach (EncodedContinuation text in texts.AsSpan(1))
        {
            shared = text.Tokens.AsSpan(0, text.Rows).CommonPrefixLength(texts[0].Tokens.AsSpan(0, shared));
        }
        return shared;
    }
}
