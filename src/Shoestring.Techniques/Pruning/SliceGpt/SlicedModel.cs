using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// A model whose residual stream is turned and narrowed, as a model of its own: a tensor is turned when it is read, and the latest
/// one is kept. Matrices that read the stream take the weights of the norm before them and are turned by its directions, those that
/// write it by the directions of the place that they write for; a shortcut goes from one to the other (Ashkboos et al., arXiv
/// 2401.15024, §3.2 to §3.4). One thread at a time may read it.
/// </summary>
sealed class SlicedModel : ModelFile
{
    const string Embedding = "token_embd.weight", Head = "output.weight", HeadNorm = "output_norm.weight";

    readonly ModelFile source;
    readonly WorkerPool? pool;
    readonly float[][]? directions;
    readonly int width, sourceWidth, head;
    readonly MemoryAccount account = new();
    readonly Dictionary<string, TensorEntry> tensors = new(StringComparer.Ordinal);
    (string Name, byte[] Bytes) latest = ("", []);

    /// <summary>Slices a model that must stay open.</summary>
    /// <param name="source">The model.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="width">Directions that stay.</param>
    /// <param name="directions">The directions of <see cref="PrincipalDirections"/>, or null where only shapes are asked for.</param>
    /// <param name="pool">The threads, or null as well.</param>
    public SlicedModel(ModelFile source, ModelConfiguration model, int width, float[][]? directions, WorkerPool? pool)
    {
        (this.source, this.width, this.directions, this.pool) = (source, width, directions, pool);
        (sourceWidth, head) = (model.Width, 2 * model.Blocks.Count);
        foreach (TensorEntry tensor in source.Tensors)
        {
            Add(tensor, tensor.Name, Sliced(tensor));
        }

        if (model.TiedEmbeddings)
        {
            Add(Original(Embedding), Head, new TensorShape(width, model.Vocabulary));
        }

        for (int block = 0; block < model.Blocks.Count; block++)
        {
            TensorEntry like = Original(TensorNames.Block(block, "attn_output.weight"));
            Add(like, TensorNames.Block(block, TensorNames.MixerShortcut), new TensorShape(width, width));
            Add(like, TensorNames.Block(block, TensorNames.FeedForwardShortcut), new TensorShape(width, width));
        }
    }

    public override string Path => source.Path;

    public override long FileBytes => source.FileBytes;

    public override IReadOnlyList<TensorEntry> Tensors => [.. tensors.Values];

    public override TensorEntry? Find(string name) => tensors.GetValueOrDefault(name);

    /// <summary>The metadata of the narrower model: heads stay as wide as they were, and ε counts for what is left of the mean.</summary>
    public static GgufMetadata Describe(GgufMetadata metadata, ModelConfiguration model, int width)
    {
        string architecture = metadata.GetString("general.architecture");
        var channels = GgufValue.From((uint)model.Blocks[0].HeadChannels);
        return metadata
            .With($"{architecture}.embedding_length", GgufValue.From((uint)width))
            .With($"{architecture}.attention.layer_norm_rms_epsilon", GgufValue.From(model.NormEpsilon * model.Width / width))
            .With($"{architecture}.attention.key_length", channels)
            .With($"{architecture}.attention.value_length", channels);
    }

    /// <summary>Multiplies the columns of a matrix by factors. <paramref name="matrix"/>: <c>[row, column]</c></summary>
    public static void Scale(float[] matrix, float[] factors)
    {
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] *= factors[i % factors.Length];
        }
    }

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        if (source.Find(tensor.Name) is { } original && Part(tensor.Name) == Place.Elsewhere)
        {
            source.Read(original, offset, destination);
            return;
        }

        if (latest.Name != tensor.Name)
        {
            byte[] bytes = new byte[tensor.Bytes];
            tensor.Format.Encode(Turned(tensor), bytes);
            latest = (tensor.Name, bytes);
        }

        latest.Bytes.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);
    }

    public override void Dispose()
    {
        // The source is whoever's opened it.
    }

    /// <summary>What a tensor has to do with the residual stream.</summary>
    enum Place
    {
        Elsewhere,
        Norm,
        Reads,
        Writes,
        Shortcut,
    }

    static Place Part(string name) => name switch
    {
        Embedding or Head => Place.Reads,
        HeadNorm => Place.Norm,
        _ => TensorRoles.Layer(name) < 0 ? Place.Elsewhere : name.Split('.', 3)[2] switch
        {
            "attn_norm.weight" or "ffn_norm.weight" => Place.Norm,
            "attn_q.weight" or "attn_k.weight" or "attn_v.weight" or "attn_qkv.weight" or "ffn_gate.weight" or "ffn_up.weight" => Place.Reads,
            "attn_output.weight" or "attn_output.bias" or "ffn_down.weight" or "ffn_down.bias" => Place.Writes,
            TensorNames.MixerShortcut or TensorNames.FeedForwardShortcut => Place.Shortcut,
            _ => Place.Elsewhere,
        },
    };

    TensorShape Sliced(TensorEntry tensor) => Part(tensor.Name) switch
    {
        Place.Norm => new TensorShape(width),
        Place.Reads => new TensorShape(width, tensor.Shape.Rows),
        Place.Writes when tensor.Shape.Rank == 1 => new TensorShape(width),
        Place.Writes => new TensorShape(tensor.Shape.Columns, width),
        _ => tensor.Shape,
    };

    // Turned values of a block format have other scales, and may be rounded again: they are kept as halves.
    void Add(TensorEntry like, string name, TensorShape shape)
    {
        TensorFormat format = Part(name) == Place.Elsewhere || like.Format.BlockElements() == 1 ? like.Format : TensorFormat.F16;
        tensors[name] = like with { Name = name, Shape = shape, Format = format, Bytes = format.TensorBytes(shape) };
    }

    float[] Turned(TensorEntry tensor)
    {
        string name = tensor.Name;
        switch (Part(name))
        {
            case Place.Norm:
                // The mean is over fewer channels than it was.
                float[] norm = new float[width];
                Array.Fill(norm, MathF.Sqrt((float)sourceWidth / width));
                return norm;
            case Place.Reads:
                float[] reading = Values(source.Find(name) is null ? Embedding : name);
                if (name != Embedding)
                {
                    Scale(reading, Values(NormBefore(name)));
                }

                return Multiply(reading, Directions(name, 0), sourceWidth);
            case Place.Writes:
                return Multiply(Directions(name, 1), Transposed(Values(name), sourceWidth), sourceWidth);
            default:
                return Multiply(Directions(name, 1), Directions(name, 0), sourceWidth);
        }
    }

    static string NormBefore(string name) => name == Head ? HeadNorm
        : TensorNames.Block(TensorRoles.Layer(name), name.Contains(".ffn_", StringComparison.Ordinal) ? "ffn_norm.weight" : "attn_norm.weight");

    // Those of the half of the block that a tensor belongs to, or so many after it.
    float[] Directions(string name, int after)
    {
        int block = TensorRoles.Layer(name);
        int place = name switch
        {
            Embedding => 0,
            Head => head,
            _ => (2 * block) + (name.Contains(".ffn_", StringComparison.Ordinal) ? 1 : 0) + after,
        };
        return (directions ?? throw new InvalidOperationException("the directions are not found yet"))[place];
    }

    float[] Values(string name) => BlockWeights.Decode(source, Original(name));

    TensorEntry Original(string name) => source.Find(name)
        ?? throw new ModelFileException($"tensor {name} is missing", source.Path, "the file is incomplete: fetch or convert it again");

    // [row, column] of so many rows as [column, row].
    static float[] Transposed(float[] values, int rows)
    {
        int columns = values.Length / rows;
        float[] turned = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            turned[(i % columns * rows) + (i / columns)] = values[i];
        }

        return turned;
    }

    // x·wᵀ: [row, columns] and [other row, columns] to [row, other row].
    float[] Multiply(float[] x, float[] w, int columns)
    {
        int rows = x.Length / columns, others = w.Length / columns;
        using var memory = new NativeBuffer((long)rows * (columns + others) * sizeof(float), MemoryKind.Scratch, account);
        using var operations = new Operations(pool!, account);
        using PackedMatrix weights = PackedMatrix.FromBytes(TensorFormat.F32, others, columns, MemoryMarshal.AsBytes(w.AsSpan()), account);
        Tensor from = new(memory, 0, rows, columns), to = new(memory, (long)rows * columns * sizeof(float), rows, others);
        float[] result = new float[rows * others];
        for (int row = 0; row < rows; row++)
        {
            x.AsSpan(row * columns, columns).CopyTo(from.Row(row));
        }

        operations.Multiply(from, weights, to);
        for (int row = 0; row < rows; row++)
        {
            to.Row(row).CopyTo(result.AsSpan(row * others));
        }

        return result;
    }
}
