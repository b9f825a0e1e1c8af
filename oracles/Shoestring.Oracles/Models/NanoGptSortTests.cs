using System.Runtime.InteropServices;
using System.Text.Json;
using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>
/// minGPT's gpt-nano, trained to sort six letters, with the activations that it had at every stage of its first block and
/// after each block.
/// </summary>
public sealed class NanoGptSortTests : IDisposable
{
    const double Tolerance = 1e-5;
    const int Sequences = 3, Length = 11, Width = 48, Heads = 3, Channels = 16, Rows = Sequences * Length;
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-nano-").FullName;
    readonly Dictionary<string, float[]> weights = NanoGptFile.Read("models/nano-gpt-sort/gpt-nano-sort-model.json");
    readonly Dictionary<string, float[]> stages = NanoGptFile.Read("models/nano-gpt-sort/gpt-nano-sort-t0-partials.json");
    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();
    readonly List<IDisposable> owned = [];
    readonly Operations operations;
    readonly GgufFile file;
    readonly ModelConfiguration configuration;

    public NanoGptSortTests()
    {
        file = NanoGptFile.ToGguf(weights, Path.Combine(folder, "nano.gguf"));
        configuration = GgufConfiguration.Read(file);
        operations = new Operations(pool, account);
    }

    public void Dispose()
    {
        owned.ForEach(o => o.Dispose());
        operations.Dispose();
        file.Dispose();
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_stage_of_the_first_block_has_the_recorded_activations()
    {
        Tensor tokens = Empty(Width), positions = Empty(Width), x = Empty(Width), h = Empty(Width), y = Empty(Width), qkv = Empty(3 * Width), inner = Empty(4 * Width);
        int[] ids = [.. stages["idx"].Select(v => (int)v)];
        operations.Embed(Matrix("token_embd", Width, 3), ids, tokens);
        Check("tok_emb", tokens);
        operations.Embed(Matrix("position_embd", Width, Length), [.. Enumerable.Range(0, Rows).Select(row => row % Length)], positions);
        positions.Slice(0, Length).Row(Length - 1).ToArray().ShouldBe(stages["pos_emb"][^Width..]);
        operations.Add(tokens, positions, x);
        Check("x", x);
        Norm("blk.0.attn_norm").Forward(operations, x, h);
        Check("ln1", h);
        Apply(h, "blk.0.attn_qkv", qkv);
        Check("qkv", qkv);
        Attend(qkv, y);
        Check("y", y);
        Apply(y, "blk.0.attn_output", h);
        Check("yProj", h);
        operations.Add(x, h, x);
        Check("attnResid", x);
        Norm("blk.0.ffn_norm").Forward(operations, x, h);
        Check("ln2", h);
        Apply(h, "blk.0.ffn_up", inner);
        Check("fc", inner);
        operations.Gelu(inner, inner);
        Check("gelu", inner);
        Apply(inner, "blk.0.ffn_down", h);
        Check("mlp", h);
        operations.Add(x, h, x);
        Check("mlpResid", x);
        Check("block0", x);
    }

    [Fact]
    public void Every_block_the_last_norm_and_the_head_have_the_recorded_activations()
    {
        using StepMemory memory = new(configuration, Rows, Rows, account);
        Batch batch = new();
        Step step = new(operations, batch, memory);
        TransformerModel model = Own(TransformerModel.Load(configuration, new TensorReader(file, pool, account)));
        foreach (int[] ids in stages["idx"].Select(v => (int)v).Chunk(Length))
            batch.Add(Own(model.CreateState(Length, KvFormat.F32, account)), ids, Length);
        Tensor x = Empty(Width), y = Empty(Width);
        stages["x"].CopyTo(x.Buffer.Span<float>(0, Rows * Width));
        for (int b = 0; b < 3; b++)
        {
            Own(BlockLoader.Load(configuration, new TensorReader(file, pool, account), b)).Forward(step, b, x);
            Check($"block{b}", x);
        }
        Norm("output_norm").Forward(operations, x, y);
        Check("ln_f", y);
        Tensor logits = model.Forward(step);
        Check("lm_head", logits);
        for (int row = 0; row < Rows; row++)
        {
            double normalizer = LogProbabilities.LogSumExp(logits.Row(row));
            for (int i = 0; i < 3; i++)
                Math.Exp(logits.Row(row)[i] - normalizer).ShouldBe(stages["probs"][row * 3 + i], Tolerance);
        }
    }

    [Fact]
    public void It_sorts()
    {
        using LanguageModel model = LanguageModel.Load(file, pool);
        using Engine engine = new(model, pool);
        int right = 0;
        for (int number = 0; number < 729; number++)
        {
            int[] letters = [.. Enumerable.Range(0, 6).Select(i => number / (int)Math.Pow(3, i) % 3)];
            int[] made = [.. engine.Generate(new GenerationRequest(letters) { MaximumTokens = 6, Sampling = SamplingOptions.Greedy, IgnoreEndOfText = true }, TestContext.Current.CancellationToken).Select(p => p.Token)];
            right += made.SequenceEqual(letters.Order()) ? 1 : 0;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{right} of 729 are sorted");
        right.ShouldBe(729);
    }

    // Scores and their softmax are inside the tiles: they are computed again here from the same queries and keys.
    void Attend(Tensor qkv, Tensor y)
    {
        for (int s = 0; s < Sequences; s++)
        {
            KvStore cache = Own(new KvStore(Heads, Channels, Length, KvFormat.F32, account));
            AttentionSpan span = new(cache, s * Length, Length, 0);
            operations.Append(qkv.Channels(Width, Width), qkv.Channels(2 * Width, Width), span);
            operations.Attend(qkv.Channels(0, Width), [span], Heads, 0.25f, 0, y);
            for (int head = 0; head < Heads; head++)
            {
                for (int row = 0; row < Length; row++)
                    CheckScores(qkv, s, head, row);
            }
        }
    }

    void CheckScores(Tensor qkv, int s, int head, int row)
    {
        float[] query = qkv.Row(s * Length + row).Slice(head * Channels, Channels).ToArray();
        int at = ((s * Heads + head) * Length + row) * Length;
        for (int c = 0; c < Channels; c++)
            ((double)query[c]).ShouldBe(stages["q"][((s * Heads + head) * Length + row) * Channels + c], Tolerance, "q");
        double[] scores = [.. Enumerable.Range(0, row + 1).Select(p => query.Zip(qkv.Row(s * Length + p).Slice(Width + head * Channels, Channels).ToArray(), (a, b) => (double)a * b).Sum() / 4)];
        double total = scores.Sum(Math.Exp);
        for (int p = 0; p <= row; p++)
        {
            scores[p].ShouldBe(stages["att"][at + p], Tolerance, "att");
            (Math.Exp(scores[p]) / total).ShouldBe(stages["attSm"][at + p], Tolerance, "attSm");
        }
    }

    void Check(string stage, Tensor actual)
    {
        float[] expected = stages[stage];
        expected.Length.ShouldBe(actual.Rows * actual.Columns, stage);
        for (int row = 0; row < actual.Rows; row++)
        {
            for (int i = 0; i < actual.Columns; i++)
            {
                double value = expected[row * actual.Columns + i];
                ((double)actual.Row(row)[i]).ShouldBe(value, Tolerance * Math.Max(1, Math.Abs(value)), $"{stage}, row {row}, channel {i}");
            }
        }
    }

    PackedMatrix Matrix(string name, int columns, int rows) => Own(new TensorReader(file, pool, account).Matrix(name + ".weight", rows, columns));

    Norm Norm(string name) => Own(BlockLoader.ReadNorm(configuration, new TensorReader(file, pool, account), name, Width));

    void Apply(Tensor x, string name, Tensor y)
    {
        Linear linear = Own(new Linear(Matrix(name, x.Columns, y.Columns), new TensorReader(file, pool, account).Vector(name + ".bias", y.Columns)));
        operations.Multiply(x, linear.Weight, y);
        linear.AddBias(operations, y);
    }

    Tensor Empty(int columns) => new(Own(new NativeBuffer(Rows * columns * 4, MemoryKind.Activations, account)), 0, Rows, columns);

    T Own<T>(T resource) where T : IDisposable
    {
        owned.Add(resource);
        return resource;
    }
}

/// <summary>The JSON form of minGPT's weights and activations, and a GGUF made of it.</summary>
static class NanoGptFile
{
    /// <summary>Arrays by name, little-endian floats in base64; the configuration is left out.</summary>
    public static Dictionary<string, float[]> Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(TestData.Find(path)));
        return document.RootElement.EnumerateObject().Where(p => p.Value.TryGetProperty("data", out _))
            .ToDictionary(p => p.Name, p => MemoryMarshal.Cast<byte, float>(p.Value.GetProperty("data").GetBytesFromBase64()).ToArray());
    }

    public static GgufFile ToGguf(Dictionary<string, float[]> weights, string path)
    {
        (TensorDeclaration Declaration, float[] Values)[] tensors = [.. Names().Select(n =>
            (new TensorDeclaration(n.Ours, n.Columns > 0 ? new(n.Columns, weights[n.Theirs].Length / n.Columns) : new(weights[n.Theirs].Length), TensorFormat.F32), weights[n.Theirs]))];
        GgufWriter.Write(path, Metadata(), [.. tensors.Select(t => t.Declaration)], (declaration, stream) =>
            stream.Write(MemoryMarshal.AsBytes(tensors.First(t => t.Declaration == declaration).Values.AsSpan())));
        return GgufFile.Open(path);
    }

    // Matrices are [out, in] in the file, as GGUF wants them; Columns 0 is a vector.
    static IEnumerable<(string Ours, string Theirs, int Columns)> Names()
    {
        yield return ("token_embd.weight", "transformer.wte.weight", 48);
        yield return ("position_embd.weight", "transformer.wpe.weight", 48);
        for (var b = 0; b < 3; b++)
        {
            foreach (var (ours, theirs, columns) in new[] { ("attn_norm", "ln_1", 0), ("attn_qkv", "attn.c_attn", 48), ("attn_output", "attn.c_proj", 48), ("ffn_norm", "ln_2", 0), ("ffn_up", "mlp.c_fc", 48), ("ffn_down", "mlp.c_proj", 192) })
            {
                yield return ($"blk.{b}.{ours}.weight", $"transformer.h.{b}.{theirs}.weight", columns);
                yield return ($"blk.{b}.{ours}.bias", $"transformer.h.{b}.{theirs}.bias", 0);
            }
        }
        yield return ("output_norm.weight", "transformer.ln_f.weight", 0);
        yield return ("output_norm.bias", "transformer.ln_f.bias", 0);
        yield return ("output.weight", "lm_head.weight", 48);
    }

    // It has three letters and no text: they are called A, B and C.
    static GgufMetadata Metadata() => new (string Key, GgufValue Value)[]
    {
        ("general.architecture", GgufValue.From("gpt2")), ("gpt2.context_length", GgufValue.From(11u)), ("gpt2.embedding_length", GgufValue.From(48u)),
        ("gpt2.block_count", GgufValue.From(3u)), ("gpt2.feed_forward_length", GgufValue.From(192u)), ("gpt2.attention.head_count", GgufValue.From(3u)),
        ("gpt2.attention.layer_norm_epsilon", GgufValue.From(1e-5f)), ("tokenizer.ggml.model", GgufValue.From("llama")),
        ("tokenizer.ggml.tokens", GgufValue.FromStrings(["A", "B", "C"])), ("tokenizer.ggml.scores", GgufValue.FromArray<float>([0, 0, 0])),
        ("tokenizer.ggml.token_type", GgufValue.FromArray<int>([1, 1, 1])),
        ("tokenizer.ggml.add_bos_token", GgufValue.From(false)),
    }.Aggregate(GgufMetadata.Empty, (metadata, pair) => metadata.With(pair.Key, pair.Value));
}
