using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Brings activations into the form that products read: quantized records, float tiles, or both.</summary>
internal sealed unsafe class PackWork : RowWork
{
    Tensor input;
    byte* records, floats;
    long recordStride, floatStride;

    public void Run(WorkerPool pool, Tensor input, byte* records, byte* floats)
    {
        this.input = input;
        this.records = records;
        this.floats = floats;
        recordStride = (long)input.Rows * PackedActivations.RecordBytes;
        floatStride = (long)input.Rows * PackedActivations.FloatTileBytes;
        RunRows(pool, input.Rows, input.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Row(int row)
    {
        if (records != null)
        {
            PackedActivations.Quantize(input.RowPointer(row), input.Columns, records + (long)row * PackedActivations.RecordBytes, recordStride);
        }
        if (floats != null)
        {
            PackedActivations.Copy(input.RowPointer(row), input.Columns, floats + (long)row * PackedActivations.FloatTileBytes, floatStride);
        }
    }
}
