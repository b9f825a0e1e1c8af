using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Sequences that compute, after their prompts, the neurons that the prompt chose.</summary>
public class NeuronChoiceTests
{
    const int Prompt = 40;
    static readonly int[] Tokens = SmallNumbers.Tokens("neurons", 70);

    // Memory that was planned for it serves every share.
    static CacheOptions Half { get; } = new() { Format = KvFormat.F32, Sparsity = 0.5 };

    public static TheoryData<string, TensorFormat> Cases => new()
    {
        { "llama", TensorFormat.F32 }, { "llama", TensorFormat.F16 }, { "llama", TensorFormat.Q8_0 }, { "llama", TensorFormat.Q4_K }, { "qwen2", TensorFormat.F16 }, { "gpt2", TensorFormat.F32 }, { "gpt2", TensorFormat.Q4_0 },
    };

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    public void The_neurons_are_those_of_the_largest_relative_activations(double sparsity)
    {
        const int rows = 33, neurons = 96;
        MemoryAccount account = new();
        using NativeBuffer memory = new(rows * neurons * sizeof(float), MemoryKind.Activations, account);
        SmallNumbers.Normal("activations", rows * neurons).CopyTo(memory.Span<float>(0, rows * neurons));
        Tensor z = new(memory, 0, rows, neurons);
        // A large row weighs no more than others, and a row of zeros nothing.
        z.Row(3).Clear();
        for (int j = 0; j < neurons; j++)
        {
            z.Row(7)[j] *= 1e4f;
        }
        using NeuronChoice choice = new(neurons, sparsity, account);
        choice.Add(z.Slice(0, 20));
        choice.Add(z.Slice(20, 13));
        double[] norms = new double[neurons];
        for (int j = 0; j < neurons; j++)
        {
            double sum = 0;
            for (int i = 0; i < rows; i++)
            {
                double length = Math.Sqrt(z.Row(i).ToArray().Sum(value => (double)value * value));
                sum += length > 0 ? Math.Pow(z.Row(i)[j] / length, 2) : 0;
            }
            norms[j] = Math.Sqrt(sum);
        }
        int kept = (int)(neurons * (1 - sparsity));
        double least = norms.OrderDescending().ElementAt(kept - 1);
        choice.Neurons().ShouldBe(Enumerable.Range(0, neurons).Where(j => norms[j] >= least));
        choice.Neurons().Length.ShouldBe(kept);
        choice.Seen.ShouldBe(rows);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_is_that_of_the_model_with_the_other_neurons_silent(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, cache: Half);
        using SequenceState state = State(runner, 0.5), plain = runner.State();
        float[][] prompt = runner.Continue(state, Tokens.AsSpan(0, Prompt), 16);
        Same(prompt, runner.Continue(plain, Tokens.AsSpan(0, Prompt), 16));
        float[][] after = runner.Continue(state, Tokens.AsSpan(Prompt), 1);
        using Silenced silenced = new(file, block => state.Neurons(block)!.Neurons());
        using LanguageModel quieter = silenced.Load();
        using SmallRunner other = new(quieter);
        float[][] expected = other.Continue(plain, Tokens.AsSpan(Prompt), 1);
        // Weights in blocks see activations rounded to 8 bits, their copies in halves do not; and the model with zeros is rounded anew.
        double changed = Distance(after, runner.Logits(Tokens, 16, KvFormat.F32)[Prompt..]);
        changed.ShouldBeGreaterThan(0.03);
        Distance(after, expected).ShouldBeLessThan(format.BlockElements() == 1 ? 1e-5 : changed / 3);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_does_not_depend_on_chunks_threads_or_neighbours(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner one = new(model, cache: Half), two = new(model, threads: 2, cache: Half);
        using SequenceState state = State(one, 0.5);
        float[][] expected = one.Continue(state, Tokens, 1);
        foreach ((SmallRunner runner, int chunk) in new[] { (one, 70), (two, 70), (two, 7), (one, 16) })
        {
            using SequenceState again = State(runner, 0.5), neighbour = State(runner, 0.5), dense = runner.State();
            List<float[]> rows = [];
            for (int first = 0; first < Tokens.Length; first += chunk)
            {
                int count = Math.Min(chunk, Tokens.Length - first);
                runner.Step.Batch.Clear();
                runner.Step.Batch.Add(neighbour, [5, 6, 7], 0);
                runner.Step.Batch.Add(again, Tokens.AsSpan(first, count), count);
                runner.Step.Batch.Add(dense, [9], 0);
                rows.AddRange(runner.Forward());
            }
            Same([.. rows], expected);
        }
    }

    [Fact]
    public void Nothing_left_out_is_the_model_as_it_is()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_K);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, cache: Half);
        using SequenceState state = State(runner, 0), none = State(runner, 0.5);
        none.Prompt = 0;
        float[][] expected = runner.Logits(Tokens, 16, KvFormat.F32);
        Same(runner.Continue(state, Tokens, 16), expected);
        Same(runner.Continue(none, Tokens, 16), expected);
        Should.Throw<InputException>(() => State(runner, 1)).Cure.ShouldContain("below 1");
        using SmallRunner other = new(model);
        Should.Throw<InvalidOperationException>(() => other.Continue(none, [1], 1)).Message.ShouldContain("planned");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operations_and_bytes_are_the_predicted_ones(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, threads: 2, cache: Half);
        CacheOptions cache = new() { Sparsity = 0.3 };
        long before = model.Memory.Current(MemoryKind.Weights);
        using SequenceState state = State(runner, 0.3);
        runner.Operations.Counters.Reset();
        runner.Continue(state, Tokens, 16);
        runner.Operations.Counters.ProductFlops.ShouldBe(model.Cost.ProductFlops(70, 70) - model.Cost.NeuronFlopsSaved(70 - Prompt, cache));
        model.Cost.NeuronFlopsSaved(1, cache).ShouldBe(2L * 2 * (file.Shape.IsGpt2 ? 2 : 3) * 256 * (512 - 358));
        long copied = model.Memory.Current(MemoryKind.Weights) - before;
        using (StepMemory memory = new(model.Configuration, 37, 5, model.Memory, cache))
        {
            model.Cost.ActivationBytes(37, 5, cache).ShouldBe(memory.Bytes);
        }
        copied.ShouldBe(model.Cost.ChosenNeuronBytes((_, _) => format, cache));
        state.Bytes.ShouldBe(copied + model.Cost.KvCacheBytes(256, KvFormat.F32) + (2 * 512 * sizeof(double)));
    }

    [Fact]
    public void Forked_rolled_back_and_restored_sequences_go_on_with_their_neurons()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, cache: Half);
        using SequenceState state = State(runner, 0.5);
        float[][] expected = runner.Continue(state, Tokens, 16);
        state.CanRollBack(Prompt - 1).ShouldBeFalse();
        state.RollBack(Prompt + 5);
        using SequenceState fork = state.Fork(model.Memory), restored = runner.State(Half);
        restored.Prompt = Prompt;
        restored.Load(state.Save(), state.Length);
        foreach (SequenceState one in (SequenceState[])[state, fork, restored])
        {
            Same(runner.Continue(one, Tokens.AsSpan(Prompt + 5), 16), expected[(Prompt + 5)..]);
        }
        Should.Throw<InvalidOperationException>(() => state.Prompt = 3);
        state.RollBack(0);
        Same(runner.Continue(state, Tokens, 16), expected);
        Should.Throw<ArgumentException>(() => restored.Load([[], []], 3));
    }

    static SequenceState State(SmallRunner runner, double sparsity)
    {
        SequenceState state = runner.State(new CacheOptions { Format = KvFormat.F32, Sparsity = sparsity });
        state.Prompt = Prompt;
        return state;
    }

    static void Same(float[][] rows, float[][] expected)
    {
        rows.Length.ShouldBe(expected.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].AsSpan().SequenceEqual(expected[i]).ShouldBeTrue($"row {i}");
        }
    }

    static double Distance(float[][] one, float[][] other) => Math.Sqrt(
        one.Zip(other).Sum(rows => rows.First.Zip(rows.Second).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / other.Sum(row => row.Sum(value => (double)value * value)));

    /// <summary>A copy of a small model in which columns of the last projections are zero.</summary>
    sealed class Silenced : IDisposable
    {
        readonly string folder = Directory.CreateTempSubdirectory("shoestring-silenced-").FullName;

        public Silenced(SmallModel model, Func<int, int[]> kept)
        {
            using GgufFile file = GgufFile.Open(model.Path);
            GgufWriter.Write(Path, file.Metadata, [.. file.Tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, tensor.Format))], (declaration, stream) =>
            {
                TensorEntry tensor = file.Find(declaration.Name)!;
                byte[] bytes = new byte[tensor.Bytes];
                file.Read(tensor, 0, bytes);
                if (tensor.Name.EndsWith("ffn_down.weight", StringComparison.Ordinal))
                {
                    Silence(tensor, bytes, [.. kept(tensor.Name[4] - '0')]);
                }
                stream.Write(bytes);
            });
        }

        string Path => System.IO.Path.Combine(folder, "silenced.gguf");

        public LanguageModel Load()
        {
            using WorkerPool pool = new(1);
            return LanguageModel.Load(Path, pool);
        }

        static void Silence(TensorEntry tensor, byte[] bytes, HashSet<int> kept)
        {
            float[] values = new float[tensor.Shape.Elements];
            tensor.Format.Decode(bytes, values);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = kept.Contains((int)(i % tensor.Shape.Columns)) ? values[i] : 0;
            }
            tensor.Format.Encode(values, bytes);
        }

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
