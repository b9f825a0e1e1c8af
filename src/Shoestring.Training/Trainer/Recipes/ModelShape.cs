using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>The shape of a new model.</summary>
public sealed record ModelShape
{
    /// <summary>llama (RMSNorm, SwiGLU, rotary positions) or gpt2 (LayerNorm, GELU, learned positions).</summary>
    public string Architecture { get; set; } = "llama";

    /// <summary>Channels.</summary>
    public required int Width { get; set; }

    /// <summary>Blocks.</summary>
    public required int Blocks { get; set; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; set; }

    /// <summary>Key and value heads, or null for as many.</summary>
    public int? KvHeads { get; set; }

    /// <summary>Inner channels of feed-forward layers, or null for what is usual: 8/3 of the width to a multiple of 16 with a gate (Shazeer, arXiv 2002.05202, §3), 4 times without.</summary>
    public int? FeedForward { get; set; }

    /// <summary>Whether logits come from the embedding matrix. Default true: small models spend most weights there.</summary>
    public bool Tied { get; set; } = true;

    /// <summary>Base of rotary frequencies. Default 10,000 (Su et al., arXiv 2104.09864, §3.2.2).</summary>
    public double RotaryBase { get; set; } = 10_000;

    /// <summary>The configuration of such a model.</summary>
    /// <param name="vocabulary">Pieces.</param>
    /// <param name="context">Positions.</param>
    /// <exception cref="InputException">The numbers do not go together.</exception>
    public ModelConfiguration Configuration(int vocabulary, int context)
    {
        int kvHeads = KvHeads ?? Heads;
        bool gated = Architecture == "llama";
        Require(gated || Architecture == "gpt2", $"architecture \"{Architecture}\" is not made", "use llama or gpt2");
        Require(Width is > 0 and <= 1 << 16 && Blocks is > 0 and <= 1024, $"a width of {Width} and {Blocks} blocks", "give a width up to 65,536 and up to 1,024 blocks");
        Require(Heads > 0 && Width % Heads == 0 && Width / Heads % 2 == 0, $"{Heads} heads of {Width} channels", "give a divisor that leaves each an even number");
        Require(kvHeads > 0 && Heads % kvHeads == 0 && (gated || kvHeads == Heads), $"{kvHeads} key and value heads for {Heads}", "give a divisor of the heads; gpt2 has as many");
        int inner = FeedForward ?? (gated ? (Width * 8 / 3 + 15) / 16 * 16 : 4 * Width);
        Require(inner is > 0 and <= 1 << 18, $"{inner} inner channels", "give up to 262,144");
        return new ModelConfiguration
        {
            Architecture = Architecture,
            Vocabulary = vocabulary,
            ContextLength = context,
            Width = Width,
            Blocks = [.. Enumerable.Repeat(new BlockShape(Heads, kvHeads, Width / Heads, inner), Blocks)],
            NormEpsilon = 1e-5f,
            Norm = gated ? NormKind.RootMeanSquare : NormKind.Layer,
            FeedForward = gated ? FeedForwardKind.GatedSilu : FeedForwardKind.Gelu,
            Rotary = gated ? new RotarySettings(RotaryBase, Width / Heads).Build(RotaryLayout.Interleaved) : null,
            TiedEmbeddings = Tied,
        };
    }

    static void Require(bool holds, string what, string cure)
    {
        if (!holds)
        {
            throw new InputException(what, "model", cure);
        }
    }
}
