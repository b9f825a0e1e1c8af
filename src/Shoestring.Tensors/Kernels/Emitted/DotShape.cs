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
}

/// <summary>What an emitted routine multiplies. One routine is made for each shape.</summary>
/// <param name="Source">How the weights lie.</param>
/// <param name="HalfScales">Whether scales are halves, one a row; floats otherwise.</param>
/// <param name="HasMinimum">Whether minimums are subtracted (floats).</param>
/// <param name="SubBlock">Channels that share a scale, 16 or 32.</param>
/// <param name="Offset">What the unsigned weight bytes have too much.</param>
/// <param name="Rows">Activation rows that go together, 1 … 12.</param>
/// <param name="AheadBytes">Bytes to ask for with each block, 0 for none.</param>
internal readonly record struct DotShape(WeightSource Source, bool HalfScales, bool HasMinimum, int SubBlock, int Offset, int Rows, int AheadBytes)
{
    /// <summary>Most activation rows: 12 dot products and 12 sums leave eight registers.</summary>
    public const int MostRows = 12;

    /// <summary>Blocks that one round of the loop treats.</summary>
    public int RoundBlocks => Source == WeightSource.NibblesOfPair ? 2 : 1;

    /// <summary>Bytes of weights that one round reads.</summary>
    public int RoundBytes => Source == WeightSource.NibblesOfBlock ? 256 : 512;

    /// <summary>Scales of a block, each for 16 rows.</summary>
    public int SubBlocks => 32 / SubBlock;

    /// <summary>Bytes of the scales of 16 rows.</summary>
    public int ScaleBytes => HalfScales ? 32 : 64;
}
