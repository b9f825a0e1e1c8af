using Shoestring.Metering;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>Has pieces of candidates measured, unless an earlier search did, and keeps them.</summary>
sealed class PieceKeeper(ICandidateMeasurer measurer, SearchOptions options)
{
    MeasurementStore store = new(null);
    SearchClock clock = null!;
    Cost counted = new();
    double peak;
    long tokens;

    /// <summary>What the original scored.</summary>
    public TextScore Original { get; private set; } = new([]);

    /// <summary>How long finishing one candidate took, or null before one was.</summary>
    public double? FinishSeconds { get; private set; }

    /// <summary>What the user should know of the store.</summary>
    public IReadOnlyList<string> Warnings => store.Warnings;

    /// <summary>Opens the store.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public void Open(SearchClock clock) => (this.clock, store) = (clock, new MeasurementStore(options.StoreFile));

    /// <summary>Whether a candidate's score up to so many chunks is in the store.</summary>
    public bool Has(Contender one, int[] order, int chunks) => chunks <= one.Chunks || store.Find(ScoreKey(one, order, chunks)) is not null;

    /// <summary>Has a candidate scored up to so many chunks.</summary>
    /// <exception cref="CandidateFault">It cannot be made or run.</exception>
    public void Score(Contender one, int[] order, int chunks, CancellationToken cancellation)
    {
        if (chunks <= one.Chunks)
        {
            return;
        }

        string key = ScoreKey(one, order, chunks);
        StoredMeasurement? kept = store.Find(key);
        StoredMeasurement stored = kept ?? Measured(key, one, () => new Piece(null, Ask(one, order[one.Chunks..chunks], cancellation)));
        one.Add(stored.Score!, chunks - one.Chunks, stored.MeasuredAt, kept is not null);
        if (one.Plan.Techniques.Count == 0)
        {
            Original = one.Score;
        }
    }

    // Only what the measurer finds wrong with this one candidate leaves it out: a store on a full disk ends the search.
    ScoreMeasurement Ask(Contender one, int[] chunks, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return measurer.Score(one.Plan, chunks, cancellation);
        }
        catch (InputException fault) when (one.Plan.Techniques.Count > 0)
        {
            throw new CandidateFault(fault.Message, fault);
        }
    }

    /// <summary>Has rates and memory measured of those for whom no earlier search did, in turns, and of the original with them.</summary>
    public void Finish(IReadOnlyList<Contender> some, Action<int, int> progress, CancellationToken cancellation)
    {
        Contender[] missing = [.. some.Where(one => store.Find(FinishKey(one)) is null)];
        if (missing.Length > 0)
        {
            missing = [.. some.Where(one => missing.Contains(one) || one.Plan.Techniques.Count == 0)];
            TimeSpan start = clock.Elapsed;
            IReadOnlyList<CandidateMeasurement> measured = measurer.Finish([.. missing.Select(one => one.Plan)], progress, cancellation);
            double seconds = (clock.Elapsed - start).TotalSeconds / missing.Length;
            foreach ((Contender one, CandidateMeasurement measurement) in missing.Zip(measured))
            {
                Keep(FinishKey(one), one, seconds, new Piece(measurement, null));
            }
        }

        foreach (Contender one in some)
        {
            StoredMeasurement stored = store.Find(FinishKey(one))!;
            FinishSeconds = stored.Seconds;
            one.Finish(stored.Measurement!, stored.MeasuredAt, !missing.Contains(one));
        }
    }

    /// <summary>The receipt of the search, without what earlier ones measured.</summary>
    // Measuring one candidate may start the system's peak of memory anew, so the search's own reading may lack the highest.
    public Receipt Receipt(Meter meter)
    {
        Receipt receipt = meter.Stop(new WorkReport(new Work("optimize", tokens) { Model = options.Model.Name }) { Counted = counted });
        return receipt.Memory.PeakResidentBytes.Value is { } own && own < peak
            ? receipt with { Memory = receipt.Memory with { PeakResidentBytes = Figure.Measured(peak, Units.Bytes, "the highest among the candidates' receipts") } }
            : receipt;
    }

    StoredMeasurement Measured(string key, Contender one, Func<Piece> measure)
    {
        TimeSpan start = clock.Elapsed;
        Piece piece = measure();
        return Keep(key, one, (clock.Elapsed - start).TotalSeconds, piece);
    }

    StoredMeasurement Keep(string key, Contender one, double seconds, Piece piece)
    {
        var stored = new StoredMeasurement(key, one.Plan.Techniques, clock.Now, seconds, piece.Final, piece.Score);
        store.Add(stored);
        Receipt receipt = piece.Final?.Receipt ?? piece.Score!.Receipt;
        counted = SearchCost.Add(counted, piece.Final?.Counted ?? piece.Score!.Counted);
        peak = Math.Max(peak, receipt.Memory.PeakResidentBytes.Value ?? 0);
        tokens += receipt.Work.PromptTokens + receipt.Work.GeneratedTokens;
        return stored;
    }

    string ScoreKey(Contender one, int[] order, int chunks) => Key(one, $"score {string.Join(' ', order[one.Chunks..chunks])}");

    string FinishKey(Contender one) => Key(one, "finish");

    string Key(Contender one, string piece) => MeasurementStore.KeyOf(
        [options.Version, options.Model.Sha256, options.Text.Sha256, options.Settings, MachineDescription.Current.ToString(), piece, .. one.Plan.Techniques]);

    readonly record struct Piece(CandidateMeasurement? Final, ScoreMeasurement? Score);
}
