namespace Shoestring.Training;

/// <summary>What greedy selection chose.</summary>
/// <param name="Items">The items in the order in which they were chosen.</param>
/// <param name="Gains">What each added to the value.</param>
/// <param name="Evaluations">Gains that were computed.</param>
public sealed record GreedySelection(int[] Items, double[] Gains, long Evaluations)
{
    /// <summary>The value of the whole selection.</summary>
    public double Value => Gains.Sum();
}

/// <summary>
/// Chooses the items that represent all best: f(S) = Σᵢ max over j in S of sᵢⱼ, with sᵢⱼ the cosine of the items' features and 0
/// where that is negative (facility location; INGENIOUS, Renduchintala et al., arXiv 2305.06677). Greedy selection reaches at least 1 − 1/e of
/// the best value (Nemhauser et al. 1978). Lazy greedy computes only gains that could be the greatest, since gains never grow
/// (Minoux 1978): it chooses exactly what plain greedy does. Similarities are computed as they are needed: memory is linear.
/// </summary>
public sealed class FacilityLocation
{
    readonly float[] features;
    readonly int channels;
    readonly double[] best;
    long evaluations;

    /// <summary>Takes items.</summary>
    /// <param name="features"><c>[item, channel]</c></param>
    /// <param name="channels">Features of an item.</param>
    public FacilityLocation(ReadOnlySpan<float> features, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length % channels, 0, nameof(features));
        (this.features, this.channels, best) = (features.ToArray(), channels, new double[features.Length / channels]);
        for (int item = 0; item < Items; item++)
        {
            Normalize(this.features.AsSpan(item * channels, channels));
        }
    }

    /// <summary>How many items there are.</summary>
    public int Items => best.Length;

    /// <summary>The similarity of two items, 0 to 1.</summary>
    public double Similarity(int one, int other)
    {
        ReadOnlySpan<float> a = features.AsSpan(one * channels, channels), b = features.AsSpan(other * channels, channels);
        double sum = 0;
        for (int channel = 0; channel < a.Length; channel++)
        {
            sum += (double)a[channel] * b[channel];
        }
        return Math.Max(0, sum);
    }

    /// <summary>Chooses <paramref name="count"/> items by lazy greedy; the earlier one among equals.</summary>
    public GreedySelection Choose(int count)
    {
        Begin(count);
        PriorityQueue<(int Item, int Round), (double NegativeBound, int Item)> queue = new();
        for (int item = 0; item < Items; item++)
        {
            queue.Enqueue((item, -1), (double.NegativeInfinity, item));
        }
        (int[] items, double[] gains) = (new int[count], new double[count]);
        for (int round = 0; round < count;)
        {
            queue.TryDequeue(out (int Item, int Round) top, out (double NegativeBound, int Item) bound);
            if (top.Round == round)
            {
                Take(top.Item);
                (items[round], gains[round]) = (top.Item, -bound.NegativeBound);
                round++;
            }
            else
            {
                queue.Enqueue((top.Item, round), (-Gain(top.Item), top.Item));
            }
        }
        return new GreedySelection(items, gains, evaluations);
    }

    /// <summary>The same by computing every gain in every round: what lazy greedy is held against.</summary>
    public GreedySelection ChoosePlainly(int count)
    {
        Begin(count);
        (int[] items, double[] gains) = (new int[count], new double[count]);
        HashSet<int> chosen = [];
        for (int round = 0; round < count; round++)
        {
            gains[round] = double.NegativeInfinity;
            for (int item = 0; item < Items; item++)
            {
                if (!chosen.Contains(item) && Gain(item) is var gain && gain > gains[round])
                {
                    (items[round], gains[round]) = (item, gain);
                }
            }
            Take(items[round]);
            chosen.Add(items[round]);
        }
        return new GreedySelection(items, gains, evaluations);
    }

    /// <summary>The value of a selection.</summary>
    public double Value(IEnumerable<int> items)
    {
        int[] chosen = [.. items];
        return Enumerable.Range(0, Items).Sum(one => chosen.Length == 0 ? 0 : chosen.Max(other => Similarity(one, other)));
    }

    void Begin(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Items);
        Array.Clear(best);
        evaluations = 0;
    }

    /// <summary>What an item adds. Each term shrinks as the selection grows, and sums run in one order, so gains never grow in rounded arithmetic either.</summary>
    double Gain(int item)
    {
        evaluations++;
        double gain = 0;
        for (int other = 0; other < Items; other++)
        {
            gain += Math.Max(0, Similarity(other, item) - best[other]);
        }
        return gain;
    }

    void Take(int item)
    {
        for (int other = 0; other < Items; other++)
        {
            best[other] = Math.Max(best[other], Similarity(other, item));
        }
    }

    static void Normalize(Span<float> vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }
        double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] * scale);
        }
    }
}
