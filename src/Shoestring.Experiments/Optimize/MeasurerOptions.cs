using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Experiments;

/// <summary>How a candidate is measured.</summary>
public sealed record MeasurerOptions
{
    /// <summary>How the text is cut up.</summary>
    public required ScoringOptions Scoring { get; init; }

    /// <summary>What rates are measured with.</summary>
    public required BenchOptions Bench { get; init; }

    /// <summary>Chunks of the text on which predictions are held against the original's, which takes both models in memory.</summary>
    public required int LoyaltyChunks { get; init; }

    /// <summary>The text for techniques to look at the model with, or null where none of the candidates needs one.</summary>
    public CalibrationText? Calibration { get; init; }

    /// <summary>Tells the original from others that may have been searched in the same folder: its hash.</summary>
    public string Identity { get; init; } = "";

    /// <summary>The folder for candidates' files; each is deleted once nobody asks for it any more.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>The meter of each candidate's measuring.</summary>
    public required MeterOptions Meter { get; init; }

    /// <summary>
    /// What suits a model: contexts and prompts that it was trained for, and no more of the text than gives a narrow interval.
    /// </summary>
    /// <param name="trained">Positions that the model was trained for.</param>
    /// <param name="elements">Elements of the model: a small one is over so soon that only many rounds see past the noise.</param>
    /// <param name="meter">The meter.</param>
    /// <param name="folder">The folder for candidates' files.</param>
    /// <param name="context">Tokens of a chunk, or null.</param>
    /// <param name="seed">Seed of what is random.</param>
    public static MeasurerOptions For(int trained, long elements, MeterOptions meter, string folder, int? context = null, ulong seed = 0)
    {
        int length = context ?? Math.Clamp(trained, 4, 512);
        return new MeasurerOptions
        {
            Scoring = new ScoringOptions(length, Math.Max(2, 32768 / length)),
            Bench = new BenchOptions { PromptTokens = Math.Clamp(trained, 1, 512), GenerateTokens = 64, Batches = [], Repeats = elements < 50_000_000 ? 11 : elements < 500_000_000 ? 5 : 3, Seed = seed },
            LoyaltyChunks = Math.Max(1, 2048 / length),
            WorkFolder = folder,
            Meter = meter with { ResetPeak = true },
        };
    }

    /// <summary>What decides on a measurement beside model and text, for people and for the key under which it is kept.</summary>
    public override string ToString() =>
        $"threads {Meter.Threads}, kernels {Tensors.Simd.Chosen}, context {Scoring.Context}, at most {Scoring.Chunks} chunks ({LoyaltyChunks} for loyalty), "
        + $"prompt {Bench.PromptTokens}, generated {Bench.GenerateTokens}, repeats {Bench.Repeats}, seed {Bench.Seed}"
        + (Calibration is null ? "" : $", calibration {Calibration.Sequences.Count} × {Calibration.Length} tokens {Calibration.Hash()[..16]}");
}
