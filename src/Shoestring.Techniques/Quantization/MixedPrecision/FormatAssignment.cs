namespace Shoestring.Techniques;

/// <summary>One way to store a tensor.</summary>
/// <param name="Bytes">What it takes.</param>
/// <param name="Cost">What it does to the model.</param>
readonly record struct FormatChoice(long Bytes, double Cost);

/// <summary>
/// Chooses one way of several for each tensor, so that the bytes stay within a budget and the summed cost is least: the multiple-choice
/// knapsack problem, by dynamic programming over the room left (Kellerer, Pferschy and Pisinger, Knapsack Problems, §11.5).
/// </summary>
static class FormatAssignment
{
    // With more steps of room than this, sizes are rounded up to coarser ones: within the budget still, and best but for that rounding.
    const long MostSteps = 1 << 17;

    /// <summary>Chooses.</summary>
    /// <param name="tensors">The ways of each tensor.</param>
    /// <param name="budget">Most bytes, all tensors together.</param>
    /// <returns>Which way each tensor takes, or null where even the smallest do not fit.</returns>
    public static int[]? Choose(IReadOnlyList<IReadOnlyList<FormatChoice>> tensors, long budget)
    {
        long[] least = [.. tensors.Select(choices => choices.Min(choice => choice.Bytes))];
        long room = budget - least.Sum();
        if (room < 0)
        {
            return null;
        }

        long[][] extras = [.. tensors.Select((choices, i) => choices.Select(choice => choice.Bytes - least[i]).ToArray())];
        room = Math.Min(room, extras.Sum(extra => extra.Max()));
        long step = Math.Max(1, extras.SelectMany(extra => extra).Aggregate(0L, CommonDivisor));
        step = Math.Max(step, (room + MostSteps - 1) / MostSteps);
        return Fill(tensors, [.. extras.Select(extra => extra.Select(bytes => (bytes + step - 1) / step).ToArray())], (int)(room / step));
    }

    /// <summary>Spends a budget on all tensors alike, whatever they cost: each in turn takes its next larger way while there is room.</summary>
    /// <inheritdoc cref="Choose"/>
    public static int[]? Even(IReadOnlyList<IReadOnlyList<FormatChoice>> tensors, long budget)
    {
        int[][] orders = [.. tensors.Select(choices => Enumerable.Range(0, choices.Count).OrderBy(choice => choices[choice].Bytes).ThenBy(choice => choice).ToArray())];
        int[] places = new int[tensors.Count];
        long room = budget - orders.Select((order, i) => tensors[i][order[0]].Bytes).Sum();
        for (bool grew = room > 0; grew;)
        {
            grew = false;
            for (int i = 0; i < places.Length; i++)
            {
                long more = places[i] + 1 < orders[i].Length ? tensors[i][orders[i][places[i] + 1]].Bytes - tensors[i][orders[i][places[i]]].Bytes : long.MaxValue;
                if (more <= room)
                {
                    (room, places[i], grew) = (room - more, places[i] + 1, true);
                }
            }
        }

        return room < 0 ? null : [.. places.Select((place, i) => orders[i][place])];
    }

    // best[u]: the least cost of the tensors so far in at most u steps of room; taken[i][u]: the way that tensor i then takes.
    static int[] Fill(IReadOnlyList<IReadOnlyList<FormatChoice>> tensors, long[][] steps, int room)
    {
        double[] best = new double[room + 1];
        byte[][] taken = new byte[tensors.Count][];
        for (int i = 0; i < tensors.Count; i++)
        {
            double[] next = new double[room + 1];
            taken[i] = new byte[room + 1];
            int[] order = [.. Enumerable.Range(0, steps[i].Length).OrderBy(choice => tensors[i][choice].Bytes).ThenBy(choice => choice)];
            for (int u = 0; u <= room; u++)
            {
                next[u] = double.PositiveInfinity;
                foreach (int choice in order)
                {
                    double cost = steps[i][choice] <= u ? best[u - (int)steps[i][choice]] + tensors[i][choice].Cost : double.PositiveInfinity;
                    (next[u], taken[i][u]) = cost < next[u] ? (cost, (byte)choice) : (next[u], taken[i][u]);
                }
            }

            best = next;
        }

        return GoBack(steps, taken, room);
    }

    static int[] GoBack(long[][] steps, byte[][] taken, int room)
    {
        int[] chosen = new int[taken.Length];
        for (int i = chosen.Length - 1; i >= 0; i--)
        {
            chosen[i] = taken[i][room];
            room -= (int)steps[i][chosen[i]];
        }

        return chosen;
    }

    static long CommonDivisor(long one, long other) => other == 0 ? one : CommonDivisor(other, one % other);
}
