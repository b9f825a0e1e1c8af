namespace Shoestring.Experiments;

/// <summary>Where a search stands in time: what it reports and whether another piece fits into its time budget.</summary>
sealed class SearchClock(SearchOptions options)
{
    /// <summary>The share of the time budget after which no further candidate is begun: what is begun wants to be finished.</summary>
    public const double ScoringShare = 0.6;

    /// <summary>The share after which nobody is scored further.</summary>
    public const double RacingShare = 0.8;

    readonly TimeProvider clock = options.Meter.Clock;
    readonly long start = options.Meter.Clock.GetTimestamp();
    int done, expected, measured;

    public TimeSpan Elapsed => clock.GetElapsedTime(start);

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Whether another piece, as long as those before it on average, ends within a share of the time budget.</summary>
    public bool HasTimeFor(double share) => options.TimeBudget is not { } budget || Elapsed + (Mean ?? TimeSpan.Zero) <= budget * share;

    /// <summary>Stops a piece that takes longer than those before it let expect, once a share of the time budget is over.</summary>
    public CancellationTokenSource Limit(double share, CancellationToken cancellation)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (options.TimeBudget is { } budget)
        {
            TimeSpan left = (budget * share) - Elapsed;
            limited.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        return limited;
    }

    /// <summary>How many candidates can be finished in the time that is left.</summary>
    public int Affordable(double? secondsEach, int wanted) =>
        options.TimeBudget is not { } budget || secondsEach is not > 0 ? wanted
        : (int)Math.Clamp((budget - Elapsed).TotalSeconds / secondsEach.Value, 0, wanted);

    /// <summary>So many pieces are going to be measured from now on.</summary>
    public void Expect(int pieces) => expected = done + pieces;

    /// <summary>Of the <paramref name="count"/> last pieces, which take turns, a share is done.</summary>
    public void Share(int part, int all, int count) =>
        options.Progress?.Report(new SearchProgress(done + (count * part / Math.Max(1, all)), expected, "rates, in turns", CandidateState.Measuring, Elapsed, null));

    /// <summary>Something happened to a candidate.</summary>
    /// <param name="label">The candidate.</param>
    /// <param name="state">What happened; all but <see cref="CandidateState.Measuring"/> and <see cref="CandidateState.GivenUp"/> end a piece.</param>
    /// <param name="row">What is known of it so far.</param>
    public void Report(string label, CandidateState state, Func<Candidate?> row)
    {
        done += state is CandidateState.Measuring or CandidateState.GivenUp ? 0 : 1;
        measured += state is CandidateState.Scored or CandidateState.Measured ? 1 : 0;
        options.Progress?.Report(new SearchProgress(done, expected, label, state, Elapsed, Mean * Math.Max(0, expected - done)) { Row = row() });
    }

    TimeSpan? Mean => measured > 0 ? Elapsed / measured : null;
}
