namespace Shoestring.Tensors;

/// <summary>How a block of 32 channels of 16 rows lies where an emitted routine reads it.</summary>
internal enum WeightSource
{
    /// <summary>A decoded <see cref="Tile"/>: eight units of 64 unsigned bytes.</summary>
    Tile,

    /// <summary>Four units of 64 bytes: the low nibbles are the first four quads of the block, the high nibbles the others (Q4_0).</summary>
    NibblesOfBlock,

    /// <summary>Eight units of 64 bytes: the low nibbles are one block, the high nibbles the next one (Q4_K).</summary>
    NibblesOfPair,

    /// <summary>Eight units of 64 signed bytes (Q8_0).</summary>
    SignedBytes,

    /// <summary>
    /// Four blocks together: the nibbles of 16 units and, in a plane of their own, 8 units of two further bits for each (Q6_K).
    /// </summary>
    SixBits,
}

/// <summary>How the scales lie.</summary>
internal enum ScaleSource
{
    /// <summary>Floats, decoded beforehand.</summary>
    Floats,

    /// <summary>Floats, and as many minimums that are subtracted.</summary>
    FloatsAndMinimums,

    /// <summary>Halves, one a row.</summary>
    Halves,

    /// <summary>Signed bytes, times a half for each super-block.</summary>
    SignedBytes,

    /// <summary>For each super-block eight times 16 bytes of scales and as many of minimums; halves for both.</summary>
    BytesAndMinimums,
}

/// <summary>What an emitted routine multiplies. One routine is made for each shape.</summary>
/// <param name="Weights">How the weights lie.</param>
/// <param name="Scales">How the scales lie.</param>
/// <param name="SubBlock">Channels that share a scale, 16 or 32.</param>
/// <param name="Offset">What the unsigned weight bytes have too much.</param>
/// <param name="Rows">Activation rows that go together, 1 … 12.</param>
/// <param name="AheadBytes">Bytes to ask for with each block, 0 for none.</param>
internal readonly record struct DotShape(WeightSource Weights, ScaleSource Scales, int SubBlock, int Offset, int Rows, int AheadBytes)
{
    /// <summary>Most activation rows: 12 dot products and 12 sums leave eight registers.</summary>
    public const int MostRows = 12;

    /// <summary>Blocks that one round of the loop treats.</summary>
    public int RoundBlocks => Weights switch { WeightSource.NibblesOfPair => 2, WeightSource.SixBits => 4, _ => 1 };

    /// <summary>Bytes of weights that one round reads (of six bits, the nibbles).</summary>
    public int RoundBytes => Weights switch { WeightSource.NibblesOfBlock => 256, WeightSource.SixBits => 1024, _ => 512 };

    /// <summary>Scales of a block, each for 16 rows.</summary>
    public int SubBlocks => 32 / SubBlock;

    /// <summary>Bytes of the scales of 16 rows.</summary>
    public int ScaleBytes => Scales switch { ScaleSource.Halves => 32, ScaleSource.SignedBytes or ScaleSource.BytesAndMinimums => 16, _ => 64 };

    /// <summary>Whether minimums are subtracted.</summary>
    public bool HasMinimum => Scales is ScaleSource.FloatsAndMinimums or ScaleSource.BytesAndMinimums;
}
