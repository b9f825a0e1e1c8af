using Shoestring.Models;
using Shoestring.Tensors;
using Format = Shoestring.Tensors.TensorFormat;
using Target = Shoestring.Techniques.QuantizationTarget;

namespace Shoestring.Techniques;

/// <summary>
/// Decides which tensor gets which format, as llama.cpp does by default for dense models without an importance matrix
/// (ggml-org/llama.cpp, src/llama-quant.cpp): the output matrix, or the embedding where it is that too, gets Q6_K; the
/// mixes give attention values and the down projection more bits, above all in the first and last eighth of the layers;
/// vectors, norms and position tables stay as they are; a matrix whose rows do not fit gets the nearest format of blocks of 32.
/// </summary>
public sealed class QuantizationMix
{
    readonly QuantizationTarget target;
    readonly MixShape shape;
    readonly bool tied;
    readonly int valueCount;
    readonly Dictionary<string, TensorFormat> preferred = new(StringComparer.Ordinal);
    int values;
    int downs;

    QuantizationMix(QuantizationTarget target, IReadOnlyList<TensorEntry> tensors, MixShape shape)
    {
        this.target = target;
        this.shape = shape;
        tied = tensors.All(tensor => TensorRoles.Of(tensor.Name) != TensorRole.Output);
        valueCount = tensors.Where(tensor => TensorRoles.Of(tensor.Name) == TensorRole.AttentionValue).Select(tensor => TensorNames.WithoutFactor(tensor.Name)).Distinct().Count();
    }

    /// <summary>Chooses the formats.</summary>
    /// <param name="target">What is asked for.</param>
    /// <param name="tensors">The model's tensors, under their GGUF names.</param>
    /// <param name="shape">What of the model's shape counts.</param>
    /// <param name="pure">Give every matrix the usual format, where its rows fit.</param>
    public static QuantizationPlan Choose(
        QuantizationTarget target, IReadOnlyList<TensorEntry> tensors, MixShape shape, bool pure = false)
    {
        var mix = new QuantizationMix(target, tensors, shape);
        var formats = new Dictionary<string, TensorFormat>();
        var fallbacks = new List<FormatFallback>();

        // The rules count tensors of a role as they come, layer by layer.
        foreach (var tensor in tensors.OrderBy(tensor => TensorRoles.Layer(tensor.Name)))
        {
            formats[tensor.Name] = TensorRoles.IsQuantized(tensor) ? mix.Choose(tensor, pure, fallbacks) : tensor.Format;
        }

        return new QuantizationPlan(target, formats, fallbacks);
    }

    TensorFormat Choose(TensorEntry tensor, bool pure, List<FormatFallback> fallbacks)
    {
        var usual = target.UsualFormat();
        if (usual.BlockElements() == 1)
        {
            return usual;
        }

        // What is looked up, and what decides between tokens, is not pruned, nor is it among QLoRA's linear layers.
        if (!usual.IsOfGgml() && TensorRoles.Of(tensor.Name) is TensorRole.Embedding or TensorRole.Output)
        {
            usual = usual == Format.NF4 ? Format.Q8_0 : usual.Dense();
        }

        var wanted = pure ? usual : Prefer(tensor, usual);
        var got = Fit(tensor.Shape.Columns, wanted);
        if (got != wanted)
        {
            fallbacks.Add(new FormatFallback(tensor, wanted, got));
        }

        return got;
    }

    // Both factors of a matrix get what is meant for it.
    TensorFormat Prefer(TensorEntry tensor, TensorFormat usual)
    {
        string matrix = TensorNames.WithoutFactor(tensor.Name);
        return preferred.TryGetValue(matrix, out TensorFormat known) ? known : preferred[matrix] = ByRole(tensor, usual);
    }

    TensorFormat ByRole(TensorEntry tensor, TensorFormat usual) => TensorRoles.Of(tensor.Name) switch
    {
        TensorRole.Output => OutputFormat(tensor, usual),
        TensorRole.Embedding when tied => OutputFormat(tensor, usual),
        TensorRole.AttentionValue => ValueFormat(values++, usual),
        TensorRole.FeedForwardDown => DownFormat(downs++, usual),
        TensorRole.AttentionOutput => AttentionOutputFormat(usual),
        _ => usual,
    };

    static TensorFormat OutputFormat(TensorEntry tensor, TensorFormat usual) =>
        usual == Format.Q8_0 || tensor.Shape.Columns % usual.BlockElements() != 0 ? Format.Q8_0 : Format.Q6_K;

    TensorFormat ValueFormat(int index, TensorFormat usual)
    {
        var sharing = shape.QueriesPerKey >= 4;
        var format = target switch
        {
            Target.Q2_K => sharing ? Format.Q4_K : Format.Q3_K,
            Target.Q3_K_M => index < 2 ? Format.Q5_K : Format.Q4_K,
            Target.Q3_K_L => Format.Q5_K,
            Target.Q4_K_M or Target.Q5_K_M when UsesMoreBits(index, valueCount) => Format.Q6_K,
            Target.Q4_K_S when index < 4 => Format.Q5_K,
            Target.IQ4_NL when sharing => Format.Q5_K,
            _ => usual,
        };

        return Is70B && format is Format.Q3_K or Format.Q4_K ? Format.Q5_K : format;
    }

    // 8 queries share each value head there, so that better ones cost next to nothing.
    bool Is70B => shape.Layers == 80 && shape.Heads != shape.KeyValueHeads;

    TensorFormat DownFormat(int index, TensorFormat usual) => target switch
    {
        Target.Q2_K => Format.Q3_K,
        Target.Q3_K_M => index < shape.Layers / 16 ? Format.Q5_K : Format.Q4_K,
        Target.Q3_K_L => Format.Q5_K,
        Target.Q4_K_M or Target.Q5_K_M when UsesMoreBits(index, shape.Layers) => Format.Q6_K,
        Target.Q4_K_S or Target.IQ4_NL when index < shape.Layers / 8 => Format.Q5_K,
        _ => usual,
    };

    TensorFormat AttentionOutputFormat(TensorFormat usual) => target switch
    {
        Target.Q2_K => Format.Q3_K,
        Target.Q3_K_M => Format.Q4_K,
        Target.Q3_K_L => Format.Q5_K,
        _ => usual,
    };

    /// <summary>The first and last eighth of the layers, and every third one between.</summary>
    static bool UsesMoreBits(int index, int count) =>
        index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;

    /// <summary>The format, or the nearest one whose blocks fit rows of so many columns.</summary>
    internal static TensorFormat Fit(long columns, TensorFormat wanted)
    {
        if (columns % wanted.BlockElements() == 0)
        {
            return wanted;
        }

        var smaller = wanted switch
        {
            Format.Q2_K or Format.Q3_K => Format.Q4_0,
            Format.NF4 => Format.IQ4_NL,
            Format.Q4_K => Format.Q5_0,
            Format.Q5_K => Format.Q5_1,
            Format.Q6_K => Format.Q8_0,
            _ => Format.F16,
        };
        return columns % smaller.BlockElements() == 0 ? smaller : Format.F16;
    }
}
