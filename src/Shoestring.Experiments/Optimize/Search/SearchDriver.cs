using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>
/// Searches: rules out what its prediction shows to miss the budget, scores everyone else on a part of the text, gives up those
/// that others beat, goes on with the rest over ever more of it, and measures rates and memory of those that remain in turns.
/// Every piece is kept at once, so that a search that was killed goes on where it was.
/// </summary>
/// <param name="measurer">Applies techniques and runs models.</param>
/// <param name="options">What to search and how.</param>
public sealed class SearchDriver(ICandidateMeasurer measurer, SearchOptions options)
{
    readonly List<Contender> contenders = [];
    readonly List<LeftOut> leftOut = [.. options.LeftOut];
    readonly SearchClock clock = new(options);
    readonly PieceKeeper pieces = new(measurer, options);
    readonly int[] order = SearchSchedule.Order(measurer.Chunks, options.Seed);
    IReadOnlyList<CandidateMetric> costs = [];

    /// <summary>
    /// Runs the search. When it is cancelled after the baseline was measured, the result holds what is done and says
    /// <see cref="OptimizeResult.Interrupted"/>. A driver runs once.
    /// </summary>
    /// <exception cref="InputException">The baseline cannot be run, or the store cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the baseline was measured.</exception>
    public OptimizeResult Run(CancellationToken cancellation = default)
    {
        using var meter = Meter.Start(options.Meter);
        pieces.Open(clock);
        var baseline = new Contender(CandidatePlan.Baseline, measurer.Predict(CandidatePlan.Baseline));
        Baseline(baseline, cancellation);
        try
        {
            Narrow(baseline, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            LeaveOutUnscored("the search was stopped before it");
        }

        return Result(baseline, meter, cancellation.IsCancellationRequested);
    }

    void Baseline(Contender baseline, CancellationToken cancellation)
    {
        clock.Expect(1);
        Tell(baseline, CandidateState.Measuring);
        pieces.Score(baseline, order, order.Length, cancellation);
        pieces.Finish([baseline], static (_, _) => { }, cancellation);
        Tell(baseline, baseline.IsReused ? CandidateState.Reused : CandidateState.Measured);
    }

    void Narrow(Contender baseline, CancellationToken cancellation)
    {
        contenders.AddRange(RuledIn(options.Candidates.Select(plan => new Contender(plan, measurer.Predict(plan)))));
        costs = [.. Front.AxesOf(options.Budget).Where(metric => !metric.IsQuality)];
        int[] lengths = [.. options.Schedule.Lengths(order.Length)];
        List<Contender> alive = [.. contenders];
        for (int step = 0; step < lengths.Length; step++)
        {
            clock.Expect(alive.Count + (step < lengths.Length - 1 ? options.Schedule.Keep(alive.Count, contenders.Count) : 0));
            alive = Score(alive, baseline, lengths[step], cancellation);
            alive = GiveUp(alive, baseline, isLast: step == lengths.Length - 1);
        }

        Finish(baseline, alive, cancellation);
    }

    // Bounds on what a prediction knows exactly rule out at once, unless they rule out everyone: the nearest are then wanted.
    List<Contender> RuledIn(IEnumerable<Contender> all)
    {
        (Contender Contender, double Miss, string Why)[] judged = [.. all.Select(one => (one, Exact(one).Sum(check => check.Miss), string.Join("; ", Exact(one).Where(check => !check.Met))))];
        double most = judged.Any(one => one.Miss == 0) ? 0 : judged.Select(one => one.Miss).Order().Take(Nearest).DefaultIfEmpty(0).Last();
        foreach ((Contender contender, double miss, string why) in judged.Where(one => one.Miss > most))
        {
            leftOut.Add(new LeftOut(contender.Plan.Techniques, $"ruled out by prediction: {why}"));
        }

        return [.. judged.Where(one => one.Miss <= most).Select(one => one.Contender)];
    }

    const int Nearest = 3;

    IEnumerable<BoundCheck> Exact(Contender one)
    {
        var predicted = new Candidate { Techniques = one.Plan.Techniques, Measured = one.Forecast.Figures, Receipt = one.Forecast.Receipt };
        return options.Budget.Check(predicted).Where(check => check.Figure.Source == FigureSource.Counted);
    }

    List<Contender> Score(List<Contender> alive, Contender baseline, int chunks, CancellationToken cancellation)
    {
        var scored = new List<Contender>();
        foreach (Contender one in alive)
        {
            if (one.Chunks == 0 && Superfluous(one, baseline) is { } reason)
            {
                LeaveOut(one, reason);
                continue;
            }

            double share = one.Chunks == 0 ? SearchClock.ScoringShare : SearchClock.RacingShare;
            if (!pieces.Has(one, order, chunks) && !clock.HasTimeFor(share))
            {
                OutOfTime(one, scored);
                continue;
            }

            Tell(one, CandidateState.Measuring);
            try
            {
                using CancellationTokenSource limited = clock.Limit(share, cancellation);
                pieces.Score(one, order, chunks, limited.Token);
                scored.Add(one);
                Tell(one, one.IsReused ? CandidateState.Reused : CandidateState.Scored);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                OutOfTime(one, scored);
            }
            catch (CandidateFault fault)
            {
                LeaveOut(one, fault.Message);
            }
        }

        return scored;
    }

    // What is scored on a part already may still be finished; what is not is left out.
    void OutOfTime(Contender one, List<Contender> scored)
    {
        if (one.Chunks > 0)
        {
            scored.Add(one);
            return;
        }

        LeaveOut(one, $"it would not have ended within the time budget of {options.TimeBudget!.Value.TotalSeconds:0.#} s");
    }

    // What is a part of a combination is scored all the same: how the two act on each other is then known.
    string? Superfluous(Contender one, Contender baseline)
    {
        bool isPart = contenders.Any(other => other != one && one.Plan.Techniques.All(other.Plan.Techniques.Contains));
        Contender? enough = isPart ? null : new Race(costs).LeavesNothingToGain(one, contenders.Where(other => other.Chunks > 0).Append(baseline), pieces.Original, options.Schedule.Resolution);
        return enough is null ? null : $"there is at most {options.Schedule.Resolution} % of quality to gain: {enough.Plan.Label} costs no more by what was predicted";
    }

    void LeaveOut(Contender one, string reason)
    {
        leftOut.Add(new LeftOut(one.Plan.Techniques, reason));
        contenders.Remove(one);
        Tell(one, CandidateState.LeftOut);
    }

    List<Contender> GiveUp(List<Contender> alive, Contender baseline, bool isLast)
    {
        IReadOnlyList<Margin> margins = new Race(costs).Margins(alive, [baseline, .. contenders.Where(one => one.Chunks > 0)]);
        var prospects = new Prospects(options.Budget, pieces.Original, [baseline, .. alive]);
        var judged = alive.Zip(margins).OrderByDescending(pair => prospects.IsOpen(pair.First)).ThenBy(pair => pair.Second.StandardErrors).ToList();
        int keep = isLast ? judged.Count : Math.Max(judged.Count(pair => prospects.IsOpen(pair.First)), options.Schedule.Keep(judged.Count, contenders.Count));
        foreach ((int rank, (Contender one, Margin margin)) in judged.Index())
        {
            one.Stopped = margin.StandardErrors > options.Schedule.StandardErrors && one.Chunks >= options.Schedule.LeastChunks
                ? $"{margin.By!.Plan.Label} costs no more by what was predicted, and is better {(double.IsInfinity(margin.StandardErrors) ? "everywhere alike" : $"by {margin.StandardErrors:0.0} standard errors")}"
                : rank >= keep ? $"{keep} others were likelier to be on the front" : null;
            if (one.Stopped is not null)
            {
                measurer.Discard(one.Plan);
                Tell(one, CandidateState.GivenUp);
            }
        }

        return [.. alive.Where(one => one.Stopped is null)];
    }

    void Finish(Contender baseline, List<Contender> alive, CancellationToken cancellation)
    {
        var prospects = new Prospects(options.Budget, pieces.Original, [baseline, .. alive]);
        Contender[] ordered = [.. alive.OrderByDescending(prospects.IsSafest).ThenByDescending(prospects.MayMeet).ThenBy(prospects.Rank), .. Representatives(alive)];
        int count = clock.Affordable(pieces.FinishSeconds, ordered.Length);
        foreach (Contender one in ordered.Skip(count))
        {
            one.Stopped ??= "there was no time left to measure its rates";
        }

        clock.Expect(count);
        pieces.Finish([baseline, .. ordered.Take(count)], (done, all) => clock.Share(done, all, count), cancellation);
    }

    // Of each technique one candidate is finished, though others beat it: what it saves is to be seen beside what is claimed of it.
    IEnumerable<Contender> Representatives(IReadOnlyList<Contender> alive)
    {
        int shared = SharedTechniques.Of([.. contenders.Select(one => one.Plan.Techniques)]);
        return contenders.Where(one => one.Chunks > 0 && (one.Plan.Techniques.Count == 1 || one.Plan.Techniques.Count == shared + 1))
            .GroupBy(one => one.Plan.Techniques[^1].Split(':')[0])
            .Where(group => !group.Any(alive.Contains))
            .Select(group => group.MaxBy(one => CandidateRow.QualityOf(one, pieces.Original).Value)!);
    }

    void Tell(Contender one, CandidateState state) =>
        clock.Report(one.Plan.Label, state, () => one.Chunks > 0 ? CandidateRow.Of(one, pieces.Original) : null);

    long Scored(Candidate one) => one.Stopped?.Tokens ?? pieces.Original.Tokens;

    void LeaveOutUnscored(string reason)
    {
        foreach (Contender one in contenders.Where(one => one.Chunks == 0).ToArray())
        {
            LeaveOut(one, reason);
        }
    }

    OptimizeResult Result(Contender baseline, Meter meter, bool interrupted)
    {
        (IReadOnlyList<Candidate> all, IReadOnlyList<string> axes) = Front.Mark([.. contenders.Prepend(baseline).Select(one => CandidateRow.Of(one, pieces.Original))], options.Budget);
        (Candidate? chosen, Choice choice) = Choice.Make(options.Budget, [.. all.Where(one => one.Stopped is null)]);
        return new OptimizeResult
        {
            Receipt = pieces.Receipt(meter),
            Baseline = all[0],
            Candidates = [.. all.Skip(1)],
            Chosen = chosen,
            Choice = choice,
            Budget = [.. options.Budget.Bounds.Select(bound => bound.ToString())],
            FrontAxes = axes,
            LeftOut = leftOut,
            Effort = new SearchEffort(all.Sum(Scored), all.Count * Scored(all[0])),
            Outcomes = ResourceOutcome.Of(all[0], [.. all.Skip(1)]),
            Interactions = Interaction.Among(baseline, contenders),
            Interrupted = interrupted,
            Model = options.Model,
            Text = options.Text,
            Settings = options.Settings,
            Command = options.Command,
            Machine = MachineDescription.Current,
            Time = clock.Now,
            Version = options.Version,
            Warnings = pieces.Warnings,
        };
    }
}
