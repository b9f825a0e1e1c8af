using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

/// <summary>Transforms on one layer, held against each other by what they lose on the inputs seen: ‖X(W − Q)ᵀ‖².</summary>
public sealed class LayerErrorTests : IDisposable
{
    const int Rows = 48, Columns = 96, Seen = 400;

    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData(TensorFormat.Q4_0, true)]
    [InlineData(TensorFormat.Q4_0, false)]
    [InlineData(TensorFormat.Q4_1, true)]
    [InlineData(TensorFormat.Q5_0, true)]
    [InlineData(TensorFormat.Q8_0, true)]
    [InlineData(TensorFormat.IQ4_NL, true)]
    public void Gptq_loses_less_than_rounding_in_nearly_all_layers(TensorFormat format, bool order)
    {
        int better = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            double rounded = Error(seed, format, new RoundTransform(new LevelRounding(null)), out _);
            double compensated = Error(seed, format, new GptqTransform(new GptqOptions(new LevelRounding(null), order)), out BlockMatrix matrix);
            better += compensated < rounded ? 1 : 0;
            float[] decoded = new float[matrix.Values.Length];
            format.Decode(matrix.Encoded, decoded);
            decoded.ShouldBe(matrix.Values);
        }

        better.ShouldBeGreaterThanOrEqualTo(19);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Simulated_bits_too(int bits)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            double rounded = Error(seed, TensorFormat.F32, new RoundTransform(new LevelRounding(bits)), out BlockMatrix plain);
            double compensated = Error(seed, TensorFormat.F32, new GptqTransform(new GptqOptions(new LevelRounding(bits))), out BlockMatrix matrix);
            compensated.ShouldBeLessThan(rounded);
            foreach (BlockMatrix each in (BlockMatrix[])[plain, matrix])
            {
                each.Row(3)[..32].ToArray().Distinct().Count().ShouldBeLessThanOrEqualTo(1 << bits);
            }
        }
    }

    [Fact]
    public void Making_up_for_what_is_pruned_loses_less_than_pruning_alone()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var pattern = new SparsityPattern(0.5);
            double magnitude = Error(seed, TensorFormat.F32, new MagnitudeTransform(pattern, byRow: true), out _);
            double wanda = Error(seed, TensorFormat.F32, new WandaTransform(pattern), out _);
            double sparsegpt = Error(seed, TensorFormat.F32, new SparseGptTransform(pattern, 128, 0.01), out _);
            wanda.ShouldBeLessThan(magnitude);
            sparsegpt.ShouldBeLessThan(wanda);
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.77)]
    public void Every_row_loses_its_share_exactly(double sparsity)
    {
        var pattern = new SparsityPattern(sparsity);
        foreach (IBlockTransform transform in (IBlockTransform[])[new WandaTransform(pattern), new SparseGptTransform(pattern, 32, 0.01), new MagnitudeTransform(pattern, byRow: true)])
        {
            Error(1, TensorFormat.F32, transform, out BlockMatrix matrix);
            for (int row = 0; row < Rows; row++)
            {
                matrix.Row(row).Count(0f).ShouldBe((int)Math.Round(sparsity * Columns), transform.Name);
            }
        }

        Error(1, TensorFormat.F32, new MagnitudeTransform(pattern, byRow: false), out BlockMatrix whole);
        whole.Values.Count(value => value == 0).ShouldBe((int)Math.Round(sparsity * Rows * Columns));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 8)]
    [InlineData(1, 3)]
    public void Patterns_hold_in_every_group(int kept, int of)
    {
        var pattern = new SparsityPattern(1 - ((double)kept / of), of - kept, of);
        foreach (IBlockTransform transform in (IBlockTransform[])[new WandaTransform(pattern), new SparseGptTransform(pattern, 128, 0.01), new MagnitudeTransform(pattern, byRow: false)])
        {
            Error(2, TensorFormat.F32, transform, out BlockMatrix matrix);
            for (int row = 0; row < Rows; row++)
            {
                for (int first = 0; first + of <= Columns; first += of)
                {
                    matrix.Row(row).Slice(first, of).Count(0f).ShouldBe(of - kept, transform.Name);
                }
            }
        }
    }

    [Fact]
    public void Quantizing_keeps_what_was_pruned_at_zero()
    {
        Error(3, TensorFormat.Q4_0, new GptqTransform(new GptqOptions(new LevelRounding(null))), out BlockMatrix matrix, before: new WandaTransform(new SparsityPattern(0.5)));
        matrix.Zeros!.Select((zero, i) => !zero || matrix.Values[i] == 0).ShouldAllBe(kept => kept);
        for (int row = 0; row < Rows; row++)
        {
            matrix.Row(row).Count(0f).ShouldBeGreaterThanOrEqualTo(Columns / 2);
        }
    }

    double Error(int seed, TensorFormat format, IBlockTransform transform, out BlockMatrix matrix, IBlockTransform? before = null)
    {
        var random = new Random(seed);
        float[] original = [.. Enumerable.Range(0, Rows * Columns).Select(_ => random.NextSingle() - 0.5f)];
        matrix = new BlockMatrix("ffn_up.weight", Rows, Columns, [.. original]) { Format = format };
        using var buffer = new NativeBuffer(Seen * Columns * sizeof(float), MemoryKind.Activations, account);
        var x = new Tensor(buffer, 0, Seen, Columns);
        Fill(x, random);
        var block = new BlockWeights(0, new SortedDictionary<string, BlockMatrix>(StringComparer.Ordinal) { [matrix.Name] = matrix });
        foreach (IBlockTransform step in before is null ? [transform] : (IBlockTransform[])[before, transform])
        {
            using var seen = new InputStatistics(Columns, step.Needs, Seen, account);
            seen.Add(x, pool);
            step.Apply(new BlockContext(Shape(), block, new Dictionary<LinearInput, InputStatistics> { [LinearInput.FeedForward] = seen }, pool, account, CancellationToken.None));
        }

        return Lost(x, original, matrix.Values);
    }

    // Channels that go together and differ in scale, as a real layer's do.
    static void Fill(Tensor x, Random random)
    {
        for (int r = 0; r < x.Rows; r++)
        {
            float shared = random.NextSingle() - 0.5f;
            Span<float> row = x.Row(r);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = (c % 24 == 5 ? 8 : 1) * (random.NextSingle() - 0.5f + (c % 3 == 0 ? 2 * shared : 0));
            }
        }
    }

    static double Lost(Tensor x, float[] original, float[] changed)
    {
        double lost = 0;
        for (int r = 0; r < x.Rows; r++)
        {
            ReadOnlySpan<float> input = x.Row(r);
            for (int row = 0; row < Rows; row++)
            {
                double sum = 0;
                for (int c = 0; c < Columns; c++)
                {
                    sum += input[c] * (double)(changed[row * Columns + c] - original[row * Columns + c]);
                }

                lost += sum * sum;
            }
        }

        return lost;
    }

    static ModelConfiguration Shape() => new()
    {
        Architecture = "llama",
        Vocabulary = 10,
        ContextLength = 16,
        Width = Columns,
        Blocks = [new BlockShape(4, 4, Columns / 4, Rows)],
        NormEpsilon = 1e-5f,
        TiedEmbeddings = true,
    };
}
