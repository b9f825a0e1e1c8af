using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>How a run is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>Updates of the weights.</summary>
    public required long Steps { get; init; }

    /// <summary>The highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Its course.</summary>
    public LearningRateSchedule Schedule { get; init; } = new();

    /// <summary>
    /// The gradients' largest norm; 0 for any. Default 1 (Brown et al., arXiv 2005.14165, appendix B). Gradients that are released are made
    /// twice for it, first to know their norm (arXiv 2306.09782, §3.3).
    /// </summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Batches whose gradients are added up before an update.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Whether each gradient is used and forgotten as soon as it is finished (LOMO, arXiv 2306.09782, §3.1): one gradient is held at a time.</summary>
    public bool ReleaseGradients { get; init; }

    /// <summary>Part of the model at a time, or null for all of it.</summary>
    public BlockwiseOptions? Blockwise { get; init; }

    /// <summary>Two forward passes in place of gradients, or null.</summary>
    public MezoOptions? Mezo { get; init; }

    /// <summary>How long documents may be at a step, or null for as long as they are (sequence length warmup; arXiv 2108.06084).</summary>
    public Pacing? Lengths { get; init; }

    /// <summary>Steps between evaluations; 0 for none but the last.</summary>
    public long EvaluateEvery { get; init; }

    /// <summary>Evaluations without a new best before the run ends; 0 to go on to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Steps between checkpoints; 0 for the last one alone.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>How many times the best mean loss a loss may be before it counts as diverging. Default 3, a choice of ours: a bad batch does not give such a loss ten times in a row.</summary>
    public double DivergenceFactor { get; init; } = 3;

    /// <summary>Where random numbers start.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks that the parts go together.</summary>
    /// <exception cref="InputException">They do not.</exception>
    public void Check()
    {
        Require(Steps >= 1, $"{Steps} steps", "steps", "give at least 1");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), $"a learning rate of {LearningRate}", "learning rate", "give a number above 0");
        Require(Accumulation >= 1, $"{Accumulation} batches an update", "accumulation", "give at least 1");
        Require(!ReleaseGradients || Accumulation == 1, "gradients that are used at once cannot be added up", "accumulation", "leave it at 1, or keep the gradients");
        Require(Mezo is null || (!ReleaseGradients && Blockwise is null), "mezo has no gradients", "mezo", "leave out what works on gradients");
        Require(Schedule is { Warmup: >= 0 and < 1, Lowest: >= 0 and <= 1, Decay: > 0 and <= 1 }, "shares of the schedule lie between 0 and 1", "schedule", "give such");
    }

    /// <summary>The most rows of a document at a step.</summary>
    public int LongestAt(long step) => Lengths?.LengthAt(step) ?? int.MaxValue;

    static void Require(bool holds, string what, string where, string cure)
    {
        if (!holds)
        {
            throw new InputException(what, where, cure);
        }
    }
}
