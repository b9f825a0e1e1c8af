using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

/// <summary>A small model of random weights on disk, whose channels differ in scale as those of real ones do.</summary>
sealed class TinyModel : IDisposable
{
    public const int Vocabulary = 96, Width = 64, FeedForward = 96, Length = 24, Layers = 3;

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-tiny").FullName;

    /// <summary>Writes one.</summary>
    /// <param name="architecture">llama or gpt2.</param>
    /// <param name="tied">Whether the embedding is the output matrix too.</param>
    /// <param name="quiet">A block that hardly adds anything, or −1.</param>
    /// <param name="idle">Feed-forward channels of each block that add nothing.</param>
    /// <param name="rank">Rank of the blocks' matrices, or 0 for full rank.</param>
    /// <param name="live">Channels of the residual stream that ever carry anything.</param>
    public TinyModel(string architecture = "llama", bool tied = false, int quiet = -1, int idle = 0, int rank = 0, int live = Width)
    {
        IsGpt2 = architecture == "gpt2";
        (string Name, TensorShape Shape)[] tensors = [.. Tensors(tied)];
        var random = new Random(5);
        var values = tensors.ToDictionary(tensor => tensor.Name, tensor => Values(tensor.Name, tensor.Shape, random));
        StillChannels(values, live);
        if (!tied)
        {
            // As in files that store one matrix twice.
            values["output.weight"] = values["token_embd.weight"];
        }

        Silence(values, quiet, idle);
        foreach ((string name, TensorShape shape) in tensors.Where(tensor => rank > 0 && tensor.Shape.Rank == 2 && tensor.Name.StartsWith("blk.", StringComparison.Ordinal)))
        {
            Flatten(values[name], (int)shape.Columns, rank);
        }

        TensorDeclaration[] declarations = [.. tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, TensorFormat.F32))];
        GgufWriter.Write(Path, Metadata(architecture), declarations, (declaration, stream) =>
        {
            byte[] bytes = new byte[declaration.Bytes];
            declaration.Format.Encode(values[declaration.Name], bytes);
            stream.Write(bytes);
        });
        File = GgufFile.Open(Path);
        var texts = new Random(6);
        Text = new CalibrationText([.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, Length).Select(_ => texts.Next(Vocabulary)).ToArray())], Length);
    }

    public bool IsGpt2 { get; }

    public string Path => System.IO.Path.Combine(folder, "model.gguf");

    public string Output => System.IO.Path.Combine(folder, "out.gguf");

    public GgufFile File { get; }

    public CalibrationText Text { get; }

    public GgufRewrite Plan(params string[] calls) => GgufRewrite.Plan(File, [.. calls.Select(TechniqueCall.Parse)]);

    public void Apply(WorkerPool pool, params string[] calls) => Plan(calls).Write(Output, pool, Text, cancellation: TestContext.Current.CancellationToken);

    /// <summary>The values of a tensor of a file.</summary>
    public static float[] Read(GgufFile file, string name)
    {
        TensorEntry tensor = file.Find(name)!;
        byte[] bytes = new byte[tensor.Bytes];
        file.Read(tensor, 0, bytes);
        float[] values = new float[tensor.Shape.Elements];
        tensor.Format.Decode(bytes, values);
        return values;
    }

    /// <summary>The logits of the calibration text's first sequence. <c>[position][token]</c></summary>
    public float[][] Logits(string path, WorkerPool pool)
    {
        using GgufFile file = GgufFile.Open(path);
        var account = new MemoryAccount();
        ModelConfiguration configuration = ConfigurationReader.Read(file);
        var reader = new TensorReader(file, pool, account);
        using TransformerModel model = TransformerModel.Load(configuration, reader);
        reader.Close();
        using var operations = new Operations(pool, account);
        using var memory = new StepMemory(configuration, Length, Length, account);
        using SequenceState state = model.CreateState(Length, KvFormat.F32, account);
        var batch = new Batch();
        batch.Add(state, Text.Sequences[0], Length);
        Tensor logits = model.Forward(new Step(operations, batch, memory));
        return [.. Enumerable.Range(0, Length).Select(row => logits.Row(row).ToArray())];
    }

    public void Dispose()
    {
        File.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    IEnumerable<(string, TensorShape)> Tensors(bool tied)
    {
        yield return ("token_embd.weight", new(Width, Vocabulary));
        if (IsGpt2)
        {
            yield return ("position_embd.weight", new(Width, Length));
        }

        for (int i = 0; i < Layers; i++)
        {
            foreach ((string name, TensorShape shape) in IsGpt2 ? Gpt2Block() : LlamaBlock())
            {
                yield return ($"blk.{i}.{name}", shape);
            }
        }

        yield return ("output_norm.weight", new(Width));
        if (IsGpt2)
        {
            yield return ("output_norm.bias", new(Width));
        }

        if (!tied)
        {
            yield return ("output.weight", new(Width, Vocabulary));
        }
    }

    static IEnumerable<(string, TensorShape)> LlamaBlock() =>
    [
        ("attn_norm.weight", new(Width)), ("attn_q.weight", new(Width, Width)), ("attn_k.weight", new(Width, Width / 2)), ("attn_v.weight", new(Width, Width / 2)),
        ("attn_output.weight", new(Width, Width)), ("ffn_norm.weight", new(Width)), ("ffn_gate.weight", new(Width, FeedForward)),
        ("ffn_up.weight", new(Width, FeedForward)), ("ffn_down.weight", new(FeedForward, Width)),
    ];

    static IEnumerable<(string, TensorShape)> Gpt2Block() =>
    [
        ("attn_norm.weight", new(Width)), ("attn_norm.bias", new(Width)), ("attn_qkv.weight", new(Width, 3 * Width)), ("attn_qkv.bias", new(3 * Width)),
        ("attn_output.weight", new(Width, Width)), ("attn_output.bias", new(Width)), ("ffn_norm.weight", new(Width)), ("ffn_norm.bias", new(Width)),
        ("ffn_up.weight", new(Width, FeedForward)), ("ffn_up.bias", new(FeedForward)), ("ffn_down.weight", new(FeedForward, Width)), ("ffn_down.bias", new(Width)),
    ];

    static float[] Values(string name, TensorShape shape, Random random)
    {
        float[] values = new float[shape.Elements];
        bool isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        for (int i = 0; i < values.Length; i++)
        {
            // A few channels are far larger than the rest, which is what activation-aware methods are for.
            values[i] = isNorm ? (i % 16 == 3 ? 6 : 1) * (0.8f + (0.4f * random.NextSingle()))
                : Normal(random) * (shape.Rank == 1 ? 0.1f : 1 / MathF.Sqrt(shape.Columns));
        }

        return values;
    }

    static void Silence(Dictionary<string, float[]> values, int quiet, int idle)
    {
        foreach ((string name, float[] matrix) in values)
        {
            bool adds = name.EndsWith("ffn_down.weight", StringComparison.Ordinal) || name.EndsWith("attn_output.weight", StringComparison.Ordinal);
            for (int i = 0; adds && i < matrix.Length; i++)
            {
                bool isIdle = name.EndsWith("ffn_down.weight", StringComparison.Ordinal) && i % FeedForward % 3 == 1 && i % FeedForward / 3 < idle;
                matrix[i] *= isIdle ? 0 : name.StartsWith($"blk.{quiet}.", StringComparison.Ordinal) ? 1e-3f : 1;
            }
        }
    }

    // Neither the embedding nor what writes the residual stream touches the others.
    static void StillChannels(Dictionary<string, float[]> values, int live)
    {
        foreach ((string name, float[] matrix) in values)
        {
            bool embeds = name == "token_embd.weight", writes = name.EndsWith("ffn_down.weight", StringComparison.Ordinal) || name.EndsWith("attn_output.weight", StringComparison.Ordinal);
            for (int i = 0; (embeds || writes) && i < matrix.Length; i++)
            {
                int channel = embeds ? i % Width : i / (matrix.Length / Width);
                matrix[i] = channel < live ? matrix[i] : 0;
            }
        }
    }

    // Rows past the first few are sums of those.
    static void Flatten(float[] matrix, int columns, int rank)
    {
        for (int i = rank * columns; i < matrix.Length; i++)
        {
            int row = i / columns, column = i % columns;
            matrix[i] = ((row % 5 * 0.3f) - 0.6f) * matrix[(row % rank * columns) + column] + 0.5f * matrix[((row + 1) % rank * columns) + column];
        }
    }

    static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    GgufMetadata Metadata(string architecture)
    {
        GgufMetadata metadata = GgufMetadata.Empty.With("general.architecture", GgufValue.From(architecture));
        (string Key, uint Value)[] sizes =
        [
            ("context_length", Length), ("embedding_length", Width), ("block_count", Layers), ("feed_forward_length", FeedForward),
            ("attention.head_count", 4), ("attention.head_count_kv", IsGpt2 ? 4u : 2u),
        ];
        return sizes.Aggregate(metadata, (all, size) => all.With($"{architecture}.{size.Key}", GgufValue.From(size.Value)));
    }
}
