using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What of a model learns, and how.</summary>
public sealed record TrainableOptions
{
    /// <summary>
    /// Which of the model's own weights learn, by their names in GGUF; they are held in F32, the others as the file has them. Default: all,
    /// or none beside an adapter.
    /// </summary>
    public Func<string, bool>? Learns { get; init; }

    /// <summary>Low-rank deltas of linear layers (LoRA), or null.</summary>
    public LowRankOptions? LowRank { get; init; }

    /// <summary>Factors of channels ((IA)³), or null.</summary>
    public ChannelOptions? Channels { get; init; }

    /// <summary>Serial adapters, or null.</summary>
    public SerialOptions? Serial { get; init; }

    /// <summary>Learned rows before every text (prompt or prefix tuning), or null.</summary>
    public VirtualOptions? Virtual { get; init; }

    /// <summary>Biases alone (BitFit), or null.</summary>
    public BiasOptions? Biases { get; init; }

    /// <summary>
    /// Whether matrices of one shape share the memory of their gradients: for updates from within the backward pass (LOMO, arXiv
    /// 2306.09782). Steps then do not add up.
    /// </summary>
    public bool ReleaseGradients { get; init; }

    /// <summary>The format that the layers see learning matrices rounded to, as the written file will have them (LLM-QAT, arXiv 2305.17888), or null for none.</summary>
    public TensorFormat? Rounding { get; init; }

    /// <summary>The format that the matrices of blocks are held in where they are frozen (QLoRA, arXiv 2305.14314), or null for that of the file.</summary>
    public TensorFormat? FrozenFormat { get; init; }

    /// <summary>How the model grows before it learns, or null.</summary>
    public GrowthOptions? Growth { get; init; }

    internal bool HasAdapter => LowRank is not null || Channels is not null || Serial is not null || Virtual is not null;

    internal bool IsLearning(string name) => Learns?.Invoke(name) ?? (Biases is not null ? name.EndsWith(".bias", StringComparison.Ordinal) : !HasAdapter);
}

/// <summary>LoRA (Hu et al., arXiv 2106.09685).</summary>
public sealed record LowRankOptions
{
    /// <summary>Channels between the two matrices. Default 8: the paper finds 1 to 8 enough where queries and values are adapted (table 6).</summary>
    public int Rank { get; init; } = 8;

    /// <summary>α: the delta is scaled by α / rank. Default 16, with rank 8 a scale of 2, as PEFT's examples have it.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Whether the scale is α / √rank, so that high ranks still learn (Kalajdzievski, arXiv 2312.03732, theorem 3.2).</summary>
    public bool IsRankStabilized { get; init; }

    /// <summary>The layers, by their names within a block. Default query and value, the paper's choice (§7.1).</summary>
    public IReadOnlyList<string> Layers { get; init; } = ["attn_q", "attn_v"];

    /// <summary>What A is drawn from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether rows have magnitudes of their own (DoRA), and what flows back through their norms. Default none: LoRA.</summary>
    public MagnitudeKind Magnitude { get; init; }

    internal float Scale => LowRankPart.ScaleOf(Rank, Alpha, IsRankStabilized);
}

/// <summary>How the rows of an adapted matrix get their norms.</summary>
public enum MagnitudeKind
{
    /// <summary>As low rank gives them: LoRA.</summary>
    None,

    /// <summary>They are learned apart from direction, and the norm of what is divided by counts as a constant (DoRA, arXiv 2402.09353, §4.3).</summary>
    Detached,

    /// <summary>The same with gradients through that norm (§4.1, eq. 6).</summary>
    Full,
}

/// <summary>(IA)³ (Liu et al., arXiv 2205.05638, §3.3).</summary>
public sealed record ChannelOptions
{
    /// <summary>
    /// The layers, by their names within a block; of ffn_down the inputs are scaled, of others the outputs. Default keys, values and the
    /// inner channels of feed-forward layers, the paper's choice.
    /// </summary>
    public IReadOnlyList<string> Layers { get; init; } = ["attn_k", "attn_v", "ffn_down"];

    /// <summary>The learning rate of the paper's §3.2: 3e-3.</summary>
    public const double UsualLearningRate = 3e-3;
}

/// <summary>Serial adapters (Houlsby et al., arXiv 1902.00751).</summary>
public sealed record SerialOptions
{
    /// <summary>Channels between the two matrices. Default 64, which the paper's table 1 finds near the best of 8, 64 and 256.</summary>
    public int Inner { get; init; } = 64;

    /// <summary>The layers that adapters come behind. Default the ends of both sublayers (figure 2).</summary>
    public IReadOnlyList<string> Layers { get; init; } = ["attn_output", "ffn_down"];

    /// <summary>What the first matrix is drawn from; the second is zero.</summary>
    public ulong Seed { get; init; }

    /// <summary>The deviation of the first matrix: 0.01, within the range that §3.6 finds equally good.</summary>
    public const double Deviation = 0.01;

    /// <summary>The learning rate: the middle one of those that §3.1 searches.</summary>
    public const double UsualLearningRate = 3e-4;
}

/// <summary>Prompt tuning (Lester et al., arXiv 2104.08691) and prefix tuning (Li and Liang, arXiv 2101.00190).</summary>
public sealed record VirtualOptions
{
    /// <summary>Whether each block has keys and values of its own (prefix tuning), or the inputs alone are learned (prompt tuning).</summary>
    public bool IsPrefix { get; init; }

    /// <summary>
    /// Rows. Default 20: beyond that prompts gain little (2104.08691, §3.2), and prefixes little beyond 10 for some tasks and more for
    /// others (2101.00190, §7.2).
    /// </summary>
    public int Rows { get; init; } = 20;

    /// <summary>What the tokens are drawn from whose inputs, or keys and values, the rows begin with: real words (§3.2; §7.4).</summary>
    public ulong Seed { get; init; }

    /// <summary>The learning rate of PEFT's examples of prompt tuning: 3e-2.</summary>
    public const double UsualPromptRate = 3e-2;

    /// <summary>The learning rate of PEFT's examples of prefix tuning: 1e-2.</summary>
    public const double UsualPrefixRate = 1e-2;
}

/// <summary>BitFit (Ben Zaken et al., arXiv 2106.10199, §3): biases learn, and nothing else.</summary>
public sealed record BiasOptions
{
    /// <summary>
    /// Whether layers without a bias get one of zeros, which changes nothing until it learns. Default no: a model without biases is
    /// refused, since the result is one of another shape than the user gave.
    /// </summary>
    public bool AddsMissing { get; init; }

    /// <summary>The learning rate: the paper's appendix A searches 1e-4 to 1e-2 and finds those larger than for full tuning best.</summary>
    public const double UsualLearningRate = 1e-3;
}
