using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Σ x² over any number of floats, or their product with a factor: chunks of 16,384, each summed in floats of 1,024 elements that
/// are added in double, and the chunks in their order.
/// </summary>
internal sealed unsafe class SquaresWork : ChunkedWork
{
    const int ChunkFloats = 1 << 14;
    const int Piece = 1 << 10;

    /// <summary>A pool counts chunks in 20 bits; longer vectors go in several regions.</summary>
    const int MostChunks = 1 << 16;

    double[] sums = [];
    float* values;
    long count;
    float factor;
    bool scale;

    public double Sum(WorkerPool pool, float* values, long count)
    {
        double total = 0;
        scale = false;
        for (long first = 0; first < count; first += (long)MostChunks * ChunkFloats)
        {
            int chunks = Start(values + first, count - first);
            pool.Run(this, chunks);
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                total += sums[chunk];
            }
        }
        return total;
    }

    public void Scale(WorkerPool pool, float* values, long count, float factor)
    {
        (scale, this.factor) = (true, factor);
        for (long first = 0; first < count; first += (long)MostChunks * ChunkFloats)
        {
            pool.Run(this, Start(values + first, count - first));
        }
    }

    int Start(float* values, long left)
    {
        this.values = values;
        count = Math.Min(left, (long)MostChunks * ChunkFloats);
        int chunks = (int)((count + ChunkFloats - 1) / ChunkFloats);
        if (sums.Length < chunks)
        {
            sums = new double[chunks];
        }
        return chunks;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        float* part = values + (long)chunk * ChunkFloats;
        int length = (int)Math.Min(ChunkFloats, count - (long)chunk * ChunkFloats);
        if (scale)
        {
            Vectors.Scale(part, factor, part, length);
            return;
        }
        double sum = 0;
        for (int i = 0; i < length; i += Piece)
        {
            sum += Vectors.Dot(part + i, part + i, Math.Min(Piece, length - i));
        }
        sums[chunk] = sum;
    }
}
