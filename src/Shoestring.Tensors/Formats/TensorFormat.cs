namespace Shoestring.Tensors;

/// <summary>
/// How a tensor's elements are stored. The values are the type numbers of the GGUF specification
/// (ggml-org/ggml, docs/gguf.md, <c>enum ggml_type</c>). Formats of this engine alone begin at 65536, far above ggml's numbers and
/// those of its forks, so that other programs refuse them; a file that has such tensors says so by its architecture's name.
/// </summary>
public enum TensorFormat : uint
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    IQ2_XXS = 16,
    IQ4_NL = 20,
    BF16 = 30,

    /// <summary>2:4 sparse, 8 bits a kept weight.</summary>
    S24_8 = 0x10000,

    /// <summary>2:4 sparse, 4 bits a kept weight.</summary>
    S24_4 = 0x10001,

    /// <summary>4-bit NormalFloat with double quantization.</summary>
    NF4 = 0x10002,
}
