using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A row's logits are bitwise the same whatever else is in the batch, on any number of threads, on any kernel path.</summary>
public class BatchInvarianceTests
{
    // More than a page of 64 positions.
    const int Length = 70;
    static readonly int[] Tokens = SmallNumbers.Tokens("batch invariance", Length);

    public static TheoryData<string, TensorFormat, KvFormat> Cases()
    {
        TheoryData<string, TensorFormat, KvFormat> cases = [];
        foreach (TensorFormat format in BlockFormats.All)
        {
            cases.Add("llama", format, KvFormat.F16);
        }
        foreach (SmallShape shape in SmallShape.All)
        {
            cases.Add(shape.Name, TensorFormat.Q4_K, KvFormat.F32);
            cases.Add(shape.Name, TensorFormat.F16, KvFormat.F32);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_chunking_of_the_prefill_gives_the_same_rows(string shape, TensorFormat format, KvFormat kv)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        float[][] expected = Run(model, 1, null, Tokens, 1, kv);
        expected[^1].ShouldAllBe(v => float.IsFinite(v));
        expected[^1].Max().ShouldBeGreaterThan(expected[^1].Min());
        foreach ((int chunk, int threads) in new[] { (Length, 1), (Length, 2), (7, 2), (17, 1), (2, 2), (4, 1) })
        {
            Same(Run(model, threads, null, Tokens, chunk, kv), expected, $"chunks of {chunk}, {threads} threads");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_number_of_sequences_gives_the_same_rows(string shape, TensorFormat format, KvFormat kv)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner one = new(model), two = new(model, threads: 2);
        SequenceState[] states = [.. Enumerable.Range(0, 17).Select(_ => one.State(kv, 128))];
        float[][] alone = new float[states.Length][];
        for (int i = 0; i < states.Length; i++)
        {
            one.Continue(states[i], Tokens.AsSpan(0, Prefix(i)), 128);
            alone[i] = one.Continue(states[i], [3 + i], 1)[0];
        }
        foreach ((int batch, SmallRunner runner) in new[] { (1, two), (2, one), (2, two), (4, one), (4, two), (8, one), (8, two), (17, one), (17, two) })
        {
            runner.Step.Batch.Clear();
            for (int i = 0; i < batch; i++)
            {
                states[i].RollBack(Prefix(i));
                runner.Step.Batch.Add(states[i], [3 + i]);
            }
            Same(runner.Forward(), alone[..batch], $"batch of {batch}");
        }
        Array.ForEach(states, s => s.Dispose());
    }

    static int Prefix(int sequence) => 1 + sequence * 4;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_kernel_path_gives_the_same_rows(string shape, TensorFormat format, KvFormat kv)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        int[] tokens = Tokens[..12];
        float[][] expected = Run(model, 1, SimdPath.Scalar, tokens, 12, kv);
        foreach (SimdPath path in Simd.Available)
        {
            Same(Run(model, 2, path, tokens, 5, kv), expected, path.ToString());
        }
    }

    static float[][] Run(LanguageModel model, int threads, SimdPath? path, int[] tokens, int chunk, KvFormat kv)
    {
        using SmallRunner runner = new(model, threads, path);
        runner.Operations.Path.ShouldBe(path ?? Simd.Chosen);
        return runner.Logits(tokens, chunk, kv);
    }

    static void Same(float[][] actual, float[][] expected, string what)
    {
        actual.Length.ShouldBe(expected.Length, what);
        for (int row = 0; row < actual.Length; row++)
        {
            MemoryMarshal.AsBytes(actual[row].AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected[row].AsSpan())).ShouldBeTrue($"{what}, row {row}");
        }
    }
}
