using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Turns groups of a weight matrix into panels whose lanes are input channels: what dx = dy·W multiplies. A chunk is one group of
/// 16 outputs.
/// </summary>
/// <remarks>Panels lie as <c>[tile of 256 outputs][panel of 16 inputs][output][input]</c>; missing inputs are zero.</remarks>
internal sealed unsafe class PanelWork : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows;

    /// <summary>Floats of one panel of a tile.</summary>
    public const int PanelFloats = Tile.Channels * Lanes;

    PackedMatrix? weights;
    NativeBuffer? scratch;
    float* panels;
    int firstGroup;

    /// <summary>Panels for all inputs.</summary>
    public static int Panels(PackedMatrix weights) => (weights.Columns + Lanes - 1) / Lanes;

    /// <summary>Fills the panels of the groups [<paramref name="firstGroup"/>, +<paramref name="groups"/>).</summary>
    public void Run(WorkerPool pool, PackedMatrix weights, int firstGroup, int groups, float* panels, NativeBuffer scratch)
    {
        (this.weights, this.firstGroup, this.scratch) = (weights, firstGroup, scratch);
        this.panels = panels;
        pool.Run(this, groups);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int first = chunk * Lanes;
        float* target = panels + (long)(first / Tile.Channels) * Panels(weights!) * PanelFloats + first % Tile.Channels * Lanes;
        PanelDecoder.Run(weights!, firstGroup + chunk, target, scratch!.Pointer + (long)worker * MatMulWork.ScratchBytes);
    }
}
