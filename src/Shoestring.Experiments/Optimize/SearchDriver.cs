using Shoestring.Metering;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>
/// Measures the baseline and then each candidate in order, keeps every measurement at once, and says which are on the front and
/// which one to take.
/// </summary>
/// <param name="measurer">Applies techniques and runs models.</param>
/// <param name="options">What to search and how.</param>
public sealed class SearchDriver(ICandidateMeasurer measurer, SearchOptions options)
{
    readonly List<Candidate> candidates = [];
    readonly List<LeftOut> leftOut = [.. options.LeftOut];
    readonly SearchClock clock = new(options);
    Cost counted = new();
    double peak;
    long tokens;

    /// <summary>
    /// Runs the search. When it is cancelled after the baseline was measured, the result holds what is done and says
    /// <see cref="OptimizeResult.Interrupted"/>. A driver runs once.
    /// </summary>
    /// <exception cref="InputException">The baseline cannot be run, or the store cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the baseline was measured.</exception>
    public OptimizeResult Run(CancellationToken cancellation = default)
    {
        using var meter = Meter.Start(options.Meter);
        var store = new MeasurementStore(options.StoreFile);
        Measured baseline = Measure(CandidatePlan.Baseline, store, cancellation);
        Candidate original = Candidate(CandidatePlan.Baseline, baseline, baseline.Stored.Measurement.Score);
        foreach (CandidatePlan plan in options.Candidates)
        {
            Try(plan, store, baseline.Stored.Measurement.Score, cancellation);
        }

        return Result(original, store, meter, cancellation.IsCancellationRequested);
    }

    void Try(CandidatePlan plan, MeasurementStore store, TextScore original, CancellationToken cancellation)
    {
        if (store.Find(Key(plan)) is null && NoTime(cancellation) is { } reason)
        {
            Leave(plan, reason);
            return;
        }

        try
        {
            candidates.Add(Candidate(plan, Measure(plan, store, cancellation), original));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Leave(plan, "the search was stopped while it was measured");
        }
        catch (CandidateFault fault)
        {
            Leave(plan, fault.Message);
        }
    }

    string? NoTime(CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? "the search was stopped before it"
        : clock.HasTimeForNext ? null
        : $"it would not have ended within the time budget of {options.TimeBudget!.Value.TotalSeconds:0.#} s";

    void Leave(CandidatePlan plan, string reason)
    {
        leftOut.Add(new LeftOut(plan.Techniques, reason));
        clock.Report(plan, CandidateState.LeftOut);
    }

    Measured Measure(CandidatePlan plan, MeasurementStore store, CancellationToken cancellation)
    {
        string key = Key(plan);
        if (store.Find(key) is { } kept)
        {
            clock.Report(plan, CandidateState.Reused);
            return new Measured(kept, true);
        }

        clock.Report(plan, CandidateState.Measuring);
        TimeSpan start = clock.Elapsed;
        CandidateMeasurement measurement = Ask(plan, cancellation);
        TimeSpan took = clock.Elapsed - start;
        var stored = new StoredMeasurement(key, plan.Techniques, clock.Now, took.TotalSeconds, measurement);
        store.Add(stored);
        Count(measurement);
        clock.Took(took);
        clock.Report(plan, CandidateState.Measured);
        return new Measured(stored, false);
    }

    // Only what the measurer finds wrong with this one candidate leaves it out: a store on a full disk ends the search.
    CandidateMeasurement Ask(CandidatePlan plan, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return measurer.Measure(plan, cancellation);
        }
        catch (InputException fault) when (plan.Techniques.Count > 0)
        {
            throw new CandidateFault(fault.Message, fault);
        }
    }

    void Count(CandidateMeasurement measurement)
    {
        counted = SearchCost.Add(counted, measurement.Counted);
        peak = Math.Max(peak, measurement.Receipt.Memory.PeakResidentBytes.Value ?? 0);
        tokens += measurement.Receipt.Work.PromptTokens + measurement.Receipt.Work.GeneratedTokens;
    }

    Candidate Candidate(CandidatePlan plan, Measured measured, TextScore original)
    {
        CandidateMeasurement measurement = measured.Stored.Measurement;
        CandidateFigures predicted = measurer.Predict(plan);
        CandidateFigures figures = measurement.Figures with
        {
            Perplexity = PairedQuality.Perplexity(measurement.Score),
            Quality = plan.Techniques.Count > 0 ? PairedQuality.Quality(original, measurement.Score)
                : Figure.Counted(100, Units.Percent, "the original is what quality is held against").Within(100, 100),
        };
        return new Candidate
        {
            Techniques = plan.Techniques,
            Predicted = predicted,
            Measured = figures.WithPredictions(predicted),
            Fallbacks = plan.Fallbacks,
            MeasuredAt = measured.Stored.MeasuredAt,
            Reused = measured.Reused,
            Receipt = measurement.Receipt,
        };
    }

    OptimizeResult Result(Candidate baseline, MeasurementStore store, Meter meter, bool interrupted)
    {
        (IReadOnlyList<Candidate> all, IReadOnlyList<string> axes) = Front.Mark([baseline, .. candidates], options.Budget);
        (Candidate? chosen, Choice choice) = Choice.Make(options.Budget, all);
        return new OptimizeResult
        {
            Receipt = Receipt(meter),
            Baseline = all[0],
            Candidates = [.. all.Skip(1)],
            Chosen = chosen,
            Choice = choice,
            Budget = [.. options.Budget.Bounds.Select(bound => bound.ToString())],
            FrontAxes = axes,
            LeftOut = leftOut,
            Interrupted = interrupted,
            Model = options.Model,
            Text = options.Text,
            Settings = options.Settings,
            Command = options.Command,
            Machine = MachineDescription.Current,
            Time = clock.Now,
            Version = options.Version,
            Warnings = store.Warnings,
        };
    }

    // Measuring one candidate may start the system's peak of memory anew, so the search's own reading may lack the highest.
    Receipt Receipt(Meter meter)
    {
        Receipt receipt = meter.Stop(new WorkReport(new Work("optimize", tokens) { Model = options.Model.Name }) { Counted = counted });
        return receipt.Memory.PeakResidentBytes.Value is { } own && own < peak
            ? receipt with { Memory = receipt.Memory with { PeakResidentBytes = Figure.Measured(peak, Units.Bytes, "the highest among the candidates' receipts") } }
            : receipt;
    }

    string Key(CandidatePlan plan) => MeasurementStore.KeyOf(
        [options.Version, options.Model.Sha256, options.Text.Sha256, options.Settings, MachineDescription.Current.ToString(), .. plan.Techniques]);

    readonly record struct Measured(StoredMeasurement Stored, bool Reused);

    sealed class CandidateFault(string message, Exception inner) : Exception(message, inner);
}
