namespace Shoestring.Experiments;

/// <summary>Where a search stands in time: what it reports and whether another candidate fits into its time budget.</summary>
sealed class SearchClock(SearchOptions options)
{
    readonly TimeProvider clock = options.Meter.Clock;
    readonly long start = options.Meter.Clock.GetTimestamp();
    TimeSpan measuring;
    int measured, done;

    public TimeSpan Elapsed => clock.GetElapsedTime(start);

    public DateTimeOffset Now => clock.GetUtcNow();

    public bool HasTimeForNext => options.TimeBudget is not { } budget || Elapsed + (Mean ?? TimeSpan.Zero) <= budget;

    public void Took(TimeSpan time) => (measuring, measured) = (measuring + time, measured + 1);

    public void Report(CandidatePlan plan, CandidateState state)
    {
        done += state == CandidateState.Measuring ? 0 : 1;
        int total = options.Candidates.Count + 1;
        options.Progress?.Report(new SearchProgress(done, total, plan.Label, state, Elapsed, Mean * (total - done)));
    }

    TimeSpan? Mean => measured > 0 ? measuring / measured : null;
}
