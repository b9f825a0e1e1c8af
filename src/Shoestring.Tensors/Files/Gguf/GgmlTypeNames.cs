namespace Shoestring.Tensors;

/// <summary>Names of tensor types that this build does not read, to say what a file holds (ggml-org/ggml, enum ggml_type).</summary>
static class GgmlTypeNames
{
    /// <summary>The name of a type number.</summary>
    public static string Of(uint type) => type switch
    {
        4 => "Q4_2",
        5 => "Q4_3",
        9 => "Q8_1",
        15 => "Q8_K",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => "of no known name",
    };
}
