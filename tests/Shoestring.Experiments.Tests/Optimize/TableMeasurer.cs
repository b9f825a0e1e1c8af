using Shoestring.Metering;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments.Tests;

/// <summary>A measurer that reads a table of numbers like those of a small model, in place of running one.</summary>
sealed class TableMeasurer : ICandidateMeasurer
{
    const int Blocks = 40, BlockTokens = 128;

    /// <summary>Format, megabytes, prefill and decode rate, nats a token above the original, top-1 agreement.</summary>
    public static IReadOnlyList<Line> Table { get; } =
    [
        new("", 48.8, 5200, 310, 0, 1), new("Q8_0", 26.0, 6900, 520, 0.0025, 0.991), new("Q4_0", 14.9, 7400, 790, 0.118, 0.874),
        new("Q4_K_M", 18.2, 6100, 660, 0.031, 0.941), new("Q6_K", 22.4, 5900, 575, 0.0064, 0.979), new("Q5_K_M", 19.9, 5700, 610, 0.0125, 0.961),
        new("Q2_K", 13.1, 5400, 805, 0.62, 0.655), new("Q5_0", 17.8, 6600, 655, 0.024, 0.948), new("Q3_K_M", 15.6, 5500, 712, 0.171, 0.842),
        new("Q4_1", 16.3, 7200, 742, 0.0822, 0.897), new("Q5_1", 19.2, 6500, 622, 0.0171, 0.956), new("IQ4_NL", 14.95, 4300, 701, 0.0671, 0.905),
    ];

    public readonly record struct Line(string Format, double Megabytes, double Prefill, double Decode, double Loss, double Agreement)
    {
        public CandidatePlan Plan => new(Format.Length == 0 ? [] : [$"quantize:format={Format}"])
        {
            Fallbacks = Format.EndsWith("_K", StringComparison.Ordinal) ? [new("blk.0.ffn_down.weight", Format, "Q8_0"), new("output.weight", "Q6_K", "Q8_0")] : [],
        };
    }

    public static IReadOnlyList<CandidatePlan> Plans => [.. Table.Skip(1).Select(line => line.Plan)];

    /// <summary>Called before each piece is scored.</summary>
    public Action<CandidatePlan> Before { get; init; } = _ => { };

    public int Chunks => Blocks;

    /// <summary>What was scored, with how many chunks.</summary>
    public List<(string Label, int Chunks)> Scored { get; } = [];

    /// <summary>Whose rates were measured.</summary>
    public List<string> Finished { get; } = [];

    public CandidateForecast Predict(CandidatePlan plan)
    {
        Line line = Table.FirstOrDefault(line => line.Plan.Label == plan.Label);
        return new CandidateForecast(new CandidateFigures
        {
            StoredBytes = Figure.Counted(line.Megabytes * 0.998e6, Units.Bytes, "planned formats"),
            PeakResidentBytes = Figure.Modelled((line.Megabytes * 1e6) + 52e6, Units.Bytes, "stored bytes + 52 MB"),
            PrefillTokensPerSecond = Figure.Modelled(line.Prefill * 1.22, Units.TokensPerSecond, "the machine's limit"),
            DecodeTokensPerSecond = Figure.Modelled(24e9 / (line.Megabytes * 1e6), Units.TokensPerSecond, "bandwidth over stored bytes"),
        }, new Receipt { Work = new Work("plan") });
    }

    public ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation)
    {
        Before(plan);
        Patience(plan, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (Table.All(line => line.Plan.Label != plan.Label))
        {
            throw new InputException($"the table has no {plan.Label}", "table", "add a line");
        }

        Line line = Of(plan);
        Scored.Add((plan.Label, chunks.Count));
        return new ScoreMeasurement
        {
            StoredBytes = (long)(line.Megabytes * 1e6),
            Score = ScoreOf(line.Loss, chunks),
            Receipt = new Receipt { Work = new Work("measure", chunks.Count * BlockTokens, 0, 1) { Model = plan.Label } },
            Counted = new Cost { Operations = new OperationCounts(chunks.Count * 1e6), WeightBytesMoved = 2e9, WeightBytes = line.Megabytes * 1e6 },
        };
    }

    public IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        foreach (CandidatePlan plan in plans)
        {
            BeforeFinish(plan);
        }

        Finished.AddRange(plans.Select(plan => plan.Label));
        return [.. plans.Select(Of).Select(line => new CandidateMeasurement
        {
            Figures = Figures(line),
            Receipt = new Receipt
            {
                Work = new Work("measure", 512, 128, 1) { Model = line.Plan.Label },
                Memory = new MemoryFigures { PeakResidentBytes = Figure.Measured(PeakOf(line), Units.Bytes, "VmHWM") },
            },
            Counted = new Cost { Operations = new OperationCounts(1e9) },
        })];
    }

    public void Discard(CandidatePlan plan) => Discarded.Add(plan.Label);

    public List<string> Discarded { get; } = [];

    /// <summary>Called within each piece, to wait for its end.</summary>
    public Func<CandidatePlan, CancellationToken, bool> Patience { get; init; } = (_, _) => false;

    public Action<CandidatePlan> BeforeFinish { get; init; } = _ => { };

    static CandidateFigures Figures(Line line) => new()
    {
        StoredBytes = Figure.Counted(line.Megabytes * 1e6, Units.Bytes, "length of the file"),
        PeakResidentBytes = Figure.Measured(PeakOf(line), Units.Bytes, "VmHWM"),
        PrefillTokensPerSecond = Figure.Measured(line.Prefill, Units.TokensPerSecond, "median of 5").Within(line.Prefill * 0.94, line.Prefill * 1.03),
        DecodeTokensPerSecond = Figure.Measured(line.Decode, Units.TokensPerSecond, "median of 5").Within(line.Decode * 0.95, line.Decode * 1.02),
        JoulesPerToken = Figure.Modelled(9.5 / line.Decode, CandidateFigures.JoulesPerTokenUnit, "P₀·t + e_op·operations + e_byte·bytes").Within(4.5 / line.Decode, 19 / line.Decode),
        DollarsPerMillionTokens = Figure.Modelled(3.6 / line.Decode, Units.DollarsPerMillionTokens, "core hours + electricity"),
        TopOneAgreement = Figure.Measured(line.Agreement, Units.One, "share of 5120 positions"),
        MeanKullbackLeibler = Figure.Measured(line.Loss * 0.9, Units.One, "mean of 5120 positions"),
        ProbabilityLoyalty = Figure.Unavailable(Units.One, "the measurer of these numbers does not compute it"),
    };

    // The same easy and hard places for all, and a ripple of each candidate's own: a paired difference is far less than either.
    static TextScore ScoreOf(double loss, IReadOnlyList<int> chunks) => new([.. chunks.Select(i => new ScoredBlock(BlockTokens,
        BlockTokens * (1.84 + (0.2 * Math.Sin(i * 1.7)) + loss + (loss * 0.35 * Math.Sin((i * 2.9) + (90 * loss))))))]);

    static double PeakOf(Line line) => (line.Megabytes * 1.04e6) + 58e6;

    static Line Of(CandidatePlan plan) => Table.First(line => line.Plan.Label == plan.Label);
}

static class SampleSearch
{
    /// <summary>A search over the whole table.</summary>
    public static SearchOptions Options(string? store = null, string? budget = null) => new()
    {
        Model = new SearchedModel("stories15M-f16", "models/stories15M-f16.gguf", new string('a', 64)),
        Text = new SearchText("TinyStories-valid.part30k.txt", "corpora/TinyStories-valid.part30k.txt", new string('b', 64)),
        Candidates = TableMeasurer.Plans,
        LeftOut = [new LeftOut(["quantize:format=F16"], "it would not make this model smaller")],
        Settings = "threads 2, context 256, prompt 512, generated 128, repeats 5",
        Budget = Budget.Parse(budget),
        StoreFile = store,
        Command = "shoestring optimize models/stories15M-f16.gguf --text corpora/TinyStories-valid.part30k.txt -o out",
    };

    public static OptimizeResult Run(string? budget = null) => Run(new TableMeasurer(), Options(null, budget));

    public static OptimizeResult Run(TableMeasurer measurer, SearchOptions options) => new SearchDriver(measurer, options).Run(TestContext.Current.CancellationToken);
}
