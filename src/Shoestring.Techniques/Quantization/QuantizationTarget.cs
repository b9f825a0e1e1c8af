using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// What a whole model can be quantized to: one format for most matrices and, in the mixes, better ones for some. The
/// values are those of the metadata key <c>general.file_type</c> (ggml-org/llama.cpp, <c>enum llama_ftype</c> in llama.h).
/// </summary>
public enum QuantizationTarget : uint
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q8_0 = 7,
    Q5_0 = 8,
    Q5_1 = 9,
    Q2_K = 10,
    Q3_K_S = 11,
    Q3_K_M = 12,
    Q3_K_L = 13,
    Q4_K_S = 14,
    Q4_K_M = 15,
    Q5_K_S = 16,
    Q5_K_M = 17,
    Q6_K = 18,
    IQ4_NL = 25,
    BF16 = 32,

    /// <summary>Of this engine alone: 2:4 sparse matrices in blocks, with the embedding and the output matrix in Q8_0.</summary>
    S24_8 = TensorFormat.S24_8,

    /// <summary>The same with kept weights of 4 bits, the embedding in Q4_0 and the output matrix in Q6_K.</summary>
    S24_4 = TensorFormat.S24_4,

    /// <summary>Of this engine alone: blocks in 4-bit NormalFloat, the embedding and the output matrix in Q8_0.</summary>
    NF4 = TensorFormat.NF4,
}

/// <summary>Names and formats of the targets.</summary>
public static class QuantizationTargets
{
    static readonly QuantizationTarget[] known = Enum.GetValues<QuantizationTarget>();

    /// <summary>All targets, in the order of their numbers.</summary>
    public static IReadOnlyList<QuantizationTarget> All => known;

    /// <summary>The format that most matrices get.</summary>
    public static TensorFormat UsualFormat(this QuantizationTarget target) => target switch
    {
        QuantizationTarget.Q3_K_S or QuantizationTarget.Q3_K_M or QuantizationTarget.Q3_K_L => TensorFormat.Q3_K,
        QuantizationTarget.Q4_K_S or QuantizationTarget.Q4_K_M => TensorFormat.Q4_K,
        QuantizationTarget.Q5_K_S or QuantizationTarget.Q5_K_M => TensorFormat.Q5_K,
        _ => BlockFormats.Parse(target.ToString()),
    };

    /// <summary>
    /// The target of that name, in any case; <c>Q3_K</c>, <c>Q4_K</c> and <c>Q5_K</c> mean their middle mix, as in llama.cpp.
    /// </summary>
    /// <exception cref="InputException">There is none; the message lists those there are.</exception>
    public static QuantizationTarget Parse(string name)
    {
        foreach (var target in known)
        {
            if (Is(name, target.ToString()) || (target.ToString().EndsWith("_M", StringComparison.Ordinal) && Is($"{name}_M", target.ToString())))
            {
                return target;
            }
        }

        throw new InputException(
            $"unknown quantization '{name}'", "format", $"use one of {string.Join(", ", known)}");
    }

    static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
