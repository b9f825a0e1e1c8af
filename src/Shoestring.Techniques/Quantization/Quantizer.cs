using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>How far a model has been written.</summary>
/// <param name="TensorsDone">Tensors that are complete.</param>
/// <param name="Tensors">Tensors of the model.</param>
/// <param name="BytesDone">Bytes written of tensors.</param>
/// <param name="Bytes">Bytes of all tensors in their new formats.</param>
public readonly record struct QuantizationProgress(int TensorsDone, int Tensors, long BytesDone, long Bytes);

/// <summary>
/// Writes a model with its tensors rounded to the nearest value of other formats. It streams: memory stays below 20 MB
/// whatever the model's size. Tensors whose format does not change are copied byte for byte.
/// </summary>
public static class Quantizer
{
    // ggml's GGML_QNT_VERSION: the revision of the block layouts that the formats here have.
    const uint BlockRevision = 2;

    /// <summary>Chooses the format of each tensor of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="pure">Give every matrix the usual format, where its rows fit.</param>
    /// <exception cref="ModelFileException">The metadata lacks the architecture, the number of blocks or of heads.</exception>
    public static QuantizationPlan Plan(GgufFile model, QuantizationTarget target, bool pure = false) =>
        Plan(model, model.Metadata, target, pure);

    /// <summary>The same for tensors whose metadata stands elsewhere, as those of a model that is being converted.</summary>
    /// <param name="model">The model, its tensors under their GGUF names.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="pure">Give every matrix the usual format, where its rows fit.</param>
    /// <exception cref="ModelFileException">The metadata lacks the architecture, the number of blocks or of heads.</exception>
    public static QuantizationPlan Plan(ModelFile model, GgufMetadata metadata, QuantizationTarget target, bool pure) =>
        QuantizationMix.Choose(target, model.Tensors, Shape(metadata), pure);

    /// <summary>What of the shape in a model's metadata decides on its mix.</summary>
    /// <inheritdoc cref="Plan(GgufFile, QuantizationTarget, bool)"/>
    public static MixShape Shape(GgufMetadata metadata)
    {
        var architecture = metadata.GetString("general.architecture");
        var heads = FirstOf(metadata[$"{architecture}.attention.head_count"]);
        var keys = metadata.TryGet($"{architecture}.attention.head_count_kv", out var value) ? FirstOf(value) : heads;
        return new MixShape(metadata.GetInt($"{architecture}.block_count"), heads, keys);
    }

    /// <summary>The metadata that a model has once it is quantized: target and revision set, what a split said removed.</summary>
    public static GgufMetadata Describe(GgufMetadata metadata, QuantizationTarget target) => metadata
        .With("general.quantization_version", GgufValue.From(BlockRevision))
        .With("general.file_type", GgufValue.From((uint)target))
        .Without("split.no").Without("split.count").Without("split.tensors.count");

    /// <summary>Writes a quantized model; on failure or cancellation nothing remains of it.</summary>
    /// <param name="model">The model to read.</param>
    /// <param name="metadata">The metadata to write; see <see cref="Describe"/>.</param>
    /// <param name="tensors">The tensors to write, of <paramref name="model"/>.</param>
    /// <param name="plan">The format of each tensor.</param>
    /// <param name="path">The file to write, which replaces one that is there.</param>
    /// <param name="pool">The threads that encode.</param>
    /// <param name="progress">Told after every part.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InputException">A value is not finite or too large for its format; the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Write(
        ModelFile model, GgufMetadata metadata, IReadOnlyList<TensorEntry> tensors, QuantizationPlan plan, string path, WorkerPool pool,
        IProgress<QuantizationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var declarations = Declare(tensors, plan);
        using var writer = GgufWriter.Create(path, metadata, declarations);
        var recoder = new TensorRecoder(model, pool, cancellation);
        var state = new QuantizationProgress(0, declarations.Count, 0, declarations.Sum(declaration => declaration.Bytes));
        foreach (var tensor in tensors)
        {
            recoder.Write(tensor, plan.Formats[tensor.Name], bytes =>
            {
                writer.Append(tensor.Name, bytes);
                state = state with { BytesDone = state.BytesDone + bytes.Length };
                progress?.Report(state);
            });
            state = state with { TensorsDone = state.TensorsDone + 1 };
            progress?.Report(state);
        }

        cancellation.ThrowIfCancellationRequested();
        writer.Commit();
    }

    /// <summary>Plans and writes in one go.</summary>
    /// <returns>The plan, whose fallbacks a caller should report.</returns>
    /// <inheritdoc cref="Write(ModelFile, GgufMetadata, IReadOnlyList{TensorEntry}, QuantizationPlan, string, WorkerPool, IProgress{QuantizationProgress}?, CancellationToken)"/>
    public static QuantizationPlan Write(
        GgufFile model, QuantizationTarget target, string path, WorkerPool pool,
        IProgress<QuantizationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var plan = Plan(model, target);
        Write(model, Describe(model.Metadata, target), model.Tensors, plan, path, pool, progress, cancellation);
        return plan;
    }

    /// <summary>The tensors as they will be written.</summary>
    internal static List<TensorDeclaration> Declare(IEnumerable<TensorEntry> tensors, QuantizationPlan plan) =>
        [.. tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, plan.Formats[tensor.Name]))];

    // A count for each block where they differ, as in models with blocks of their own shapes.
    static int FirstOf(GgufValue value) => value.Type == GgufType.Array ? value.AsInt32Array().FirstOrDefault() : value.AsInt32();
}
