using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A model that is going to be written as GGUF, with techniques applied.</summary>
/// <param name="Source">The model that it is made from.</param>
/// <param name="Metadata">The metadata that it will have.</param>
/// <param name="Formats">The format of each tensor.</param>
public sealed record GgufRewrite(GgufFile Source, GgufMetadata Metadata, QuantizationPlan Formats)
{
    /// <summary>Tensors that do not get the format meant for them.</summary>
    public IReadOnlyList<FormatFallback> Fallbacks => Formats.Fallbacks;

    /// <summary>Bytes of all tensors once written.</summary>
    public long TensorBytes => Formats.TensorBytes(Source.Tensors);

    /// <summary>Decides on everything before a byte is written.</summary>
    /// <exception cref="InputException">A technique cannot be applied, or the model is of a kind that is not converted.</exception>
    public static GgufRewrite Plan(ModelFile file, IReadOnlyList<TechniqueCall> calls)
    {
        GgufFile source = file as GgufFile
            ?? throw new InputException("only GGUF models are rewritten", file.Path, "give a .gguf file");
        return calls switch
        {
            [] => new GgufRewrite(source, source.Metadata, AsItIs(source)),
            [var call] => Quantized(source, call),
            _ => throw new InputException($"quantize is given {calls.Count} times, and only the last would count", "-t", "keep one"),
        };
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing remains.</exception>
    public void Write(string path, WorkerPool pool, IProgress<QuantizationProgress>? progress, CancellationToken cancellation) =>
        Quantizer.Write(Source, Metadata, Formats, path, pool, progress, cancellation);

    static GgufRewrite Quantized(GgufFile source, TechniqueCall call)
    {
        QuantizationTarget target = QuantizeTechnique.Target(call);
        QuantizationPlan plan = Quantizer.Plan(source, target, QuantizeTechnique.IsPure(call));
        GgufMetadata metadata = RunSetup.Read(source.Metadata).With(call).WriteTo(Quantizer.Describe(source.Metadata, target));
        return new GgufRewrite(source, metadata, plan);
    }

    static QuantizationPlan AsItIs(GgufFile source) =>
        new(QuantizationTarget.F32, source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal), []);
}
