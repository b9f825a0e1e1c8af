using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Decodes rows of an embedding table, which lie scattered over memory: threads share the waiting for them.</summary>
internal sealed unsafe class EmbedWork(int workers) : ChunkedWork
{
    const int RowsPerChunk = 8;

    readonly byte[][] fileOrder = [.. Enumerable.Range(0, workers).Select(_ => Array.Empty<byte>())];
    int[] tokens = [];
    int count;
    PackedMatrix? table;
    Tensor output;

    /// <exception cref="ArgumentOutOfRangeException">A token is not in the table.</exception>
    public void Run(WorkerPool pool, PackedMatrix table, ReadOnlySpan<int> tokens, Tensor output)
    {
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)table.Rows, nameof(tokens));
        }
        if (this.tokens.Length < tokens.Length)
        {
            this.tokens = new int[tokens.Length];
        }
        tokens.CopyTo(this.tokens);
        (this.table, this.output, count) = (table, output, tokens.Length);
        pool.Run(this, (count + RowsPerChunk - 1) / RowsPerChunk);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int bytes = checked((int)table!.Layout.RowBytes);
        if (fileOrder[worker].Length < bytes)
        {
            fileOrder[worker] = new byte[bytes];
        }
        Span<byte> row = fileOrder[worker].AsSpan(0, bytes);
        for (int i = chunk * RowsPerChunk; i < Math.Min(count, (chunk + 1) * RowsPerChunk); i++)
        {
            table.CopyRow(tokens[i], row);
            table.Format.Decode(row, output.Row(i));
        }
    }
}
