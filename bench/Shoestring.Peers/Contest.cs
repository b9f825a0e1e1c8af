namespace Shoestring.Peers;

/// <summary>One side of a <see cref="Contest"/>.</summary>
/// <param name="Name">As results name it.</param>
/// <param name="Run">Does the work once and gives its rate.</param>
sealed record Contender(string Name, Func<double> Run);

/// <summary>One quantity measured on several sides in alternation.</summary>
static class Contest
{
    // Workers of the side before are parked or joined by then, and the clock has settled.
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Runs every contender once per round, in turn, every other round backwards, so that a disturbance or a drift of the
    /// machine meets all of them alike. The first round is not counted.
    /// </summary>
    /// <returns>The samples per contender, round by round.</returns>
    public static Comparison Run(string what, string unit, int rounds, IReadOnlyList<Contender> contenders)
    {
        var samples = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var i in Order(contenders.Count, backwards: round % 2 == 1))
            {
                Thread.Sleep(Pause);
                var rate = contenders[i].Run();
                if (round > 0)
                    samples[i].Add(rate);
            }
        }
        return new(what, unit, [.. contenders.Select((contender, i) => Series.Of(contender.Name, samples[i], samples[0]))]);
    }

    static IEnumerable<int> Order(int count, bool backwards) =>
        backwards ? Enumerable.Range(0, count).Reverse() : Enumerable.Range(0, count);
}
