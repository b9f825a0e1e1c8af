using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>What an emitted routine is called with; its code knows the fields by their place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DotArguments
{
    /// <summary>Weights of the first block.</summary>
    public byte* Weights;

    /// <summary>Scales of the first sub-block.</summary>
    public byte* Scales;

    /// <summary>Minimums of the first sub-block (floats), or the further bits of the first block (six bits).</summary>
    public byte* Minimums;

    /// <summary>The first row's record of the first tile; moved on by the routine.</summary>
    public byte* Records;

    /// <summary>Running sums <c>[row, 16]</c>; moved on by the routine.</summary>
    public float* Sums;

    /// <summary>Blocks of 32 channels.</summary>
    public nint Blocks;

    /// <summary>Bytes from a row's record of one tile to that of the next.</summary>
    public nint TileStride;

    /// <summary>How many times the routine's number of rows.</summary>
    public nint Batches;

    /// <summary>What to ask for meanwhile.</summary>
    public byte* Ahead;

    /// <summary>The halves that byte scales are multiplied with, those of the first super-block.</summary>
    public byte* SuperScales;

    /// <summary>Likewise for minimums.</summary>
    public byte* SuperMinimums;
}
