using System.Diagnostics;
using Shoestring.Tensors;

namespace Shoestring.Peers;

/// <summary>The matrices of some blocks of a model of 1.1 billion parameters, in one format, each with memory of its own.</summary>
sealed class SparseSide : IDisposable
{
    const int Width = 2048, Keys = 256, FeedForward = 5632;

    // Long enough for a clock, short enough for many rounds.
    static readonly TimeSpan Least = TimeSpan.FromMilliseconds(300);

    static readonly (int Rows, int Columns)[][] shapes =
        [[(Width, Width), (Keys, Width), (Keys, Width)], [(Width, Width)], [(FeedForward, Width), (FeedForward, Width)], [(Width, FeedForward)]];

    readonly MemoryAccount account = new();
    readonly NativeBuffer activations;
    readonly Operations operations;
    readonly List<PackedMatrix[]> products = [];

    public SparseSide(TensorFormat format, int blocks, int rows, WorkerPool pool)
    {
        Name = $"{format.Name()}, {format.BlockBytes() * 8.0 / format.BlockElements()} bits a weight";
        activations = new NativeBuffer(rows * (FeedForward + 2L * FeedForward) * sizeof(float), MemoryKind.Activations, account);
        operations = new Operations(pool, account);
        var random = new Random(1);
        foreach (ref var value in activations.Span<float>(0, rows * FeedForward))
            value = random.NextSingle() - 0.5f;
        var bytes = Weights(format, random);
        for (var i = 0; i < blocks; i++)
            products.AddRange(shapes.Select(together => together.Select(shape => Matrix(format, shape, bytes)).ToArray()));
    }

    public string Name { get; }

    /// <summary>Rows times blocks a second.</summary>
    public double Rate(int rows)
    {
        var start = Stopwatch.GetTimestamp();
        var passes = 0;
        do
        {
            foreach (var together in products)
                Multiply(together, rows);
            passes++;
        }
        while (Stopwatch.GetElapsedTime(start) < Least);
        return (double)rows * passes * products.Count / shapes.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    void Multiply(PackedMatrix[] together, int rows)
    {
        var input = new Tensor(activations, 0, rows, together[0].Columns);
        var next = (long)rows * FeedForward * sizeof(float);
        Span<Product> wanted = new Product[together.Length];
        for (var i = 0; i < together.Length; i++)
        {
            wanted[i] = new Product(together[i], new Tensor(activations, next, rows, together[i].Rows));
            next += (long)rows * together[i].Rows * sizeof(float);
        }
        operations.Multiply(input, wanted);
    }

    PackedMatrix Matrix(TensorFormat format, (int Rows, int Columns) shape, byte[] bytes) =>
        PackedMatrix.FromBytes(format, shape.Rows, shape.Columns, bytes.AsSpan(0, (int)(format.RowBytes(shape.Columns) * shape.Rows)), account);

    /// <summary>As many random weights as the largest matrix has, two of every four of them zero, so that both formats hold the same.</summary>
    static byte[] Weights(TensorFormat format, Random random)
    {
        var bytes = new byte[format.RowBytes(Width) * FeedForward];
        var values = new float[Width];
        for (var row = 0; row < FeedForward; row++)
        {
            for (var i = 0; i < Width; i += 4)
            {
                values.AsSpan(i, 4).Clear();
                values[i + random.Next(4)] = random.NextSingle() - 0.5f;
                values[i + random.Next(4)] = random.NextSingle() - 0.5f;
            }
            var rowBytes = (int)format.RowBytes(Width);
            format.Encode(values, bytes.AsSpan(row * rowBytes, rowBytes));
        }
        return bytes;
    }

    public void Dispose()
    {
        foreach (var matrix in products.SelectMany(together => together))
            matrix.Dispose();
        operations.Dispose();
        activations.Dispose();
    }
}
