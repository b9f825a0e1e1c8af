using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Turns the groups of a weight matrix into panels whose lanes are input channels: what dx = dy·W multiplies. Float weights are
/// transposed in blocks of 16 × 16; of other formats, rows are decoded one by one. A chunk is one group of 16 outputs.
/// </summary>
/// <remarks>Panels lie as <c>[tile of 256 outputs][panel of 16 inputs][output][input]</c>; missing inputs are zero.</remarks>
internal sealed unsafe class PanelWork(int workers) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows;

    /// <summary>Floats of one panel of a tile.</summary>
    public const int PanelFloats = Tile.Channels * Lanes;

    readonly byte[][] fileOrder = [.. Enumerable.Range(0, workers).Select(_ => Array.Empty<byte>())];
    readonly float[][] decoded = [.. Enumerable.Range(0, workers).Select(_ => Array.Empty<float>())];
    PackedMatrix? weights;
    float* panels;
    int firstGroup;

    /// <summary>Panels for all inputs.</summary>
    public static int Panels(PackedMatrix weights) => (weights.Columns + Lanes - 1) / Lanes;

    /// <summary>Fills the panels of the groups [<paramref name="firstGroup"/>, +<paramref name="groups"/>).</summary>
    public void Run(WorkerPool pool, PackedMatrix weights, int firstGroup, int groups, float* panels)
    {
        (this.weights, this.firstGroup) = (weights, firstGroup);
        this.panels = panels;
        pool.Run(this, groups);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int count = Panels(weights!), first = chunk * Lanes;
        float* target = panels + (long)(first / Tile.Channels) * count * PanelFloats + first % Tile.Channels * Lanes;
        if (weights!.Format == TensorFormat.F32)
        {
            Transpose((float*)weights.Group(firstGroup + chunk), target);
            return;
        }
        int rows = Math.Min(Lanes, weights.Rows - (firstGroup + chunk) * Lanes);
        for (int r = 0; r < rows; r++)
        {
            Decode((firstGroup + chunk) * Lanes + r, worker, target + r * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Transpose(float* group, float* target)
    {
        for (int c = 0; c < weights!.Columns; c += Lanes, target += PanelFloats)
        {
            int width = Math.Min(Lanes, weights.Columns - c);
            if (width < Lanes)
            {
                new Span<float>(target, Lanes * Lanes).Clear();
            }
            Transposition.Run(group + (long)c * Lanes, Lanes, width, Lanes, target, Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Decode(int row, int worker, float* target)
    {
        int bytes = checked((int)weights!.Layout.RowBytes), columns = weights.Columns;
        if (fileOrder[worker].Length < bytes || decoded[worker].Length < columns)
        {
            (fileOrder[worker], decoded[worker]) = (new byte[bytes], new float[columns]);
        }
        Span<byte> file = fileOrder[worker].AsSpan(0, bytes);
        Span<float> values = decoded[worker].AsSpan(0, columns);
        weights.CopyRow(row, file);
        weights.Format.Decode(file, values);
        for (int c = 0; c < columns; c += Lanes, target += PanelFloats)
        {
            int width = Math.Min(Lanes, columns - c);
            values.Slice(c, width).CopyTo(new Span<float>(target, width));
            new Span<float>(target + width, Lanes - width).Clear();
        }
    }
}
