namespace Shoestring.Training;

/// <summary>
/// What is done to a training text before and while it is trained on, in this order: duplicates are taken out, what is longer than the context
/// is cut into examples, some of them are selected, copies are changed, middles are moved, the first epoch is ordered; then what the
/// batches are to predict. Held-out text is never touched.
/// </summary>
public sealed record DataMethods
{
    /// <summary>Which duplicates are taken out, or null for none.</summary>
    public DeduplicationOptions? Deduplication { get; init; }

    /// <summary>What is selected, one after the other.</summary>
    public IReadOnlyList<SelectionOptions> Selections { get; init; } = [];

    /// <summary>How changed copies are made, or null for none.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>How middles are moved, or null.</summary>
    public FillInTheMiddleOptions? FillInTheMiddle { get; init; }

    /// <summary>How the first epoch is ordered, or null to shuffle it like any other.</summary>
    public CurriculumOptions? Curriculum { get; init; }

    /// <summary>How documents grow longer, or null for full length from the first step.</summary>
    public LengthWarmupOptions? LengthWarmup { get; init; }

    /// <summary>Masked prediction in place of the next token, or null.</summary>
    public MaskingOptions? Masking { get; init; }

    /// <summary>Which tokens are hidden from what reads them, or null for none.</summary>
    public TokenDropoutOptions? TokenDropout { get; init; }

    /// <summary>Models that scores come from, besides the one that is trained.</summary>
    public IEnumerable<string> Proxies => Selections.Select(one => one.Proxy).Append(Curriculum?.Proxy).OfType<string>().Distinct(StringComparer.Ordinal);

    internal bool HasGradients => Selections.Any(one => one.By == SelectionScore.GradientNorm);
}

/// <summary>What examples are selected by.</summary>
public enum SelectionScore
{
    /// <summary>Nothing: the control that every other selection is held against.</summary>
    Random,

    /// <summary>The mean loss of a token by the start model or a proxy (Ankner et al., arXiv 2405.20541).</summary>
    Perplexity,

    /// <summary>‖softmax − onehot‖₂, mean over tokens (EL2N; Paul et al., arXiv 2107.07075, definition 2.2).</summary>
    ErrorNorm,

    /// <summary>The norm of the gradient of what learns (Katharopoulos and Fleuret, arXiv 1803.00942; GraNd, arXiv 2107.07075, definition 2.1).</summary>
    GradientNorm,

    /// <summary>How well the chosen stand for all, by the mean of their final states (INGENIOUS; arXiv 2305.06677).</summary>
    FacilityLocation,
}

/// <summary>Which examples are kept.</summary>
/// <param name="By">What they are selected by.</param>
public sealed record SelectionOptions(SelectionScore By)
{
    /// <summary>The share that is kept. Default a half, the rate of the perplexity paper's main results (arXiv 2405.20541, §3).</summary>
    public double Share { get; init; } = 0.5;

    /// <summary>Which part of the scores is kept. Default: the middle by perplexity, the paper's best on Dolma (arXiv 2405.20541, table 1); the highest error norms (arXiv 2107.07075).</summary>
    public ScoreBand Band { get; init; } = By == SelectionScore.Perplexity ? ScoreBand.Middle : ScoreBand.Highest;

    /// <summary>
    /// Whether examples are drawn in proportion to their gradient norms, with replacement, and weighed so that the mean gradient stays what it was
    /// (arXiv 1803.00942, §3); otherwise those of the band are kept.
    /// </summary>
    public bool IsDrawn { get; init; } = By == SelectionScore.GradientNorm;

    /// <summary>The share of the probability of drawing that is spread evenly, which bounds weights by its inverse. Default 0.2, a choice of ours.</summary>
    public double UniformShare { get; init; } = 0.2;

    /// <summary>The model that scores, or null for the one that is trained, as it is before its first step.</summary>
    public string? Proxy { get; init; }
}

/// <summary>What makes an example hard.</summary>
public enum Difficulty
{
    /// <summary>Rare tokens (<see cref="DifficultyOrder.Rarity"/>).</summary>
    Rarity,

    /// <summary>Many tokens.</summary>
    Length,

    /// <summary>A high loss by the start model or a proxy.</summary>
    Perplexity,
}

/// <summary>A curriculum of difficulty over the first epoch (Platanios et al., arXiv 1903.09848); later epochs are shuffled.</summary>
public sealed record CurriculumOptions
{
    /// <summary>What makes an example hard. Default rarity, one of the paper's two (arXiv 1903.09848, §3.2); the other is length.</summary>
    public Difficulty By { get; init; }

    /// <inheritdoc cref="DifficultyOrder.UsualStart"/>
    public double Start { get; init; } = DifficultyOrder.UsualStart;

    /// <inheritdoc cref="SelectionOptions.Proxy"/>
    public string? Proxy { get; init; }
}

/// <summary>Sequence length warmup (Li et al., arXiv 2108.06084): documents are cut into short ones at first, and are whole at last.</summary>
public sealed record LengthWarmupOptions
{
    /// <summary>The length of the first step, in tokens; a multiple of 8. Default 8, the least that the paper starts from (arXiv 2108.06084, §4).</summary>
    public int Start { get; init; } = 8;

    /// <summary>The share of the run after which documents have their whole length. Default 0.3, a choice of ours: the paper tunes it.</summary>
    public double Share { get; init; } = 0.3;
}

/// <summary>Masked prediction (Devlin et al., arXiv 1810.04805, §3.1). Attention stays causal, so that a masked token is predicted from what stands before it.</summary>
public sealed record MaskingOptions
{
    /// <inheritdoc cref="MaskedOptions.Rate"/>
    public double Rate { get; init; } = 0.15;

    /// <summary>The piece that hides tokens; null for the unknown piece, or the end of text where there is none.</summary>
    public string? Piece { get; init; }
}

/// <summary>Token dropout (Bowman et al., arXiv 1511.06349, word dropout).</summary>
public sealed record TokenDropoutOptions
{
    /// <summary>How often a token is hidden. Default 0.1, a choice of ours: the paper looks at 0.25 to 1 for a decoder that another model informs.</summary>
    public double Rate { get; init; } = 0.1;

    /// <inheritdoc cref="MaskingOptions.Piece"/>
    public string? Piece { get; init; }
}

/// <summary>What a method did to the training text.</summary>
/// <param name="Method">The method.</param>
/// <param name="ItemsBefore">Documents or examples that it found.</param>
/// <param name="ItemsAfter">How many it left.</param>
/// <param name="TokensBefore">Their tokens.</param>
/// <param name="TokensAfter">The tokens that it left.</param>
public sealed record DataStep(string Method, int ItemsBefore, int ItemsAfter, long TokensBefore, long TokensAfter)
{
    /// <summary>In a line.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Method}: {ItemsBefore:N0} to {ItemsAfter:N0} texts, {TokensBefore:N0} to {TokensAfter:N0} tokens");
}
