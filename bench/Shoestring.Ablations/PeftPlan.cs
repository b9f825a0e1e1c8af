namespace Shoestring.Ablations;

/// <summary>One way to go on with a model.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Rates">Learning rates that are tried on validation text, around the default of the method.</param>
/// <param name="Methods">Its techniques, in the words of the command line.</param>
sealed record PeftArm(string Name, double[] Rates, params string[] Methods);

/// <summary>The comparison of methods of fine-tuning, declared before any was run.</summary>
static class PeftPlan
{
    /// <summary>Updates of a run.</summary>
    public const int Steps = 60;

    /// <summary>Rows of a batch.</summary>
    public const int BatchTokens = 1024;

    /// <summary>Tokens that see each other.</summary>
    public const int Context = 256;

    /// <summary>Seeds that are compared.</summary>
    public const int Seeds = 3;

    /// <summary>The seed that rates are chosen with, which is not compared.</summary>
    public const int RateSeed = 100;

    /// <summary>Chunks of the first domain's text that forgetting is measured on.</summary>
    public const int DomainChunks = 40;

    // Every linear layer of a block: 1.7 % of stories15M's weights at rank 8.
    const string Layers = "attn_q+attn_k+attn_v+attn_output+ffn_gate+ffn_up+ffn_down";

    /// <summary>The arms; the first is what the others are to recover.</summary>
    public static IReadOnlyList<PeftArm> Arms { get; } =
    [
        new("full", [1e-4, 3e-4, 1e-3], "adamw"),
        new("lora", [1e-3, 3e-3, 1e-2], $"lora:rank=8,alpha=16,layers={Layers}"),
        new("qlora", [1e-3, 3e-3, 1e-2], $"qlora:base=Q4_0,rank=8,alpha=16,layers={Layers}"),
        new("dora", [1e-3, 3e-3, 1e-2], $"dora:rank=8,layers={Layers}"),
        new("ia3", [1e-2, 1e-1], "ia3"),
        new("serial-adapter", [1e-3, 1e-2], "serial-adapter:inner=32"),
        new("prefix-tuning", [1e-2, 1e-1], "prefix-tuning:rows=16"),
        new("prompt-tuning", [1e-2, 1e-1], "prompt-tuning:rows=16"),
        new("bitfit", [1e-3, 1e-2], "bitfit:add=true"),
        new("child-tuning", [3e-4, 1e-3], "child-tuning"),
        new("lomo", [3e-2, 3e-1], "lomo"),
    ];
}
