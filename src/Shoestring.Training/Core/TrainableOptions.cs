using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What of a model learns, and how.</summary>
public sealed record TrainableOptions
{
    /// <summary>
    /// Which of the model's own weights learn, by their names in GGUF; they are held in F32, the others as the file has them. Default: all,
    /// or none under low-rank deltas.
    /// </summary>
    public Func<string, bool>? Learns { get; init; }

    /// <summary>Low-rank deltas of linear layers (LoRA), or null.</summary>
    public LowRankOptions? LowRank { get; init; }

    /// <summary>
    /// Whether matrices of one shape share the memory of their gradients: for updates from within the backward pass (LOMO, arXiv
    /// 2306.09782). Steps then do not add up.
    /// </summary>
    public bool ReleaseGradients { get; init; }

    /// <summary>The format that the layers see learning matrices rounded to, as the written file will have them (LLM-QAT, arXiv 2305.17888), or null for none.</summary>
    public TensorFormat? Rounding { get; init; }

    /// <summary>How the model grows before it learns, or null.</summary>
    public GrowthOptions? Growth { get; init; }

    internal bool IsLearning(string name) => Learns?.Invoke(name) ?? LowRank is null;
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

    internal float Scale => (float)(Alpha / (IsRankStabilized ? Math.Sqrt(Rank) : Rank));
}
