using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A model that is going to be written as GGUF, with techniques applied.</summary>
/// <param name="Source">The model that it is made from, its tensors under their GGUF names.</param>
/// <param name="Metadata">The metadata that it will have.</param>
/// <param name="Formats">The format of each tensor.</param>
public sealed record GgufRewrite(ModelFile Source, GgufMetadata Metadata, QuantizationPlan Formats)
{
    /// <summary>Tensors that do not get the format meant for them.</summary>
    public IReadOnlyList<FormatFallback> Fallbacks => Formats.Fallbacks;

    /// <summary>Lines for the user about what the model given says and GGUF cannot.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Bytes of all tensors once written.</summary>
    public long TensorBytes => Formats.TensorBytes(Source.Tensors);

    /// <summary>Bytes of the file once written.</summary>
    public long FileBytes => GgufWriter.FileBytes(Metadata, Quantizer.Declare(Source, Formats));

    /// <summary>Decides on everything before a byte is written. A file of another kind is converted as it is read.</summary>
    /// <param name="file">The model, which must stay open until it is written.</param>
    /// <param name="calls">The techniques; none to leave the weights as they are.</param>
    /// <exception cref="InputException">A technique cannot be applied, or the model cannot be converted.</exception>
    public static GgufRewrite Plan(ModelFile file, IReadOnlyList<TechniqueCall> calls)
    {
        if (calls.Count > 1)
        {
            throw new InputException($"quantize is given {calls.Count} times, and only the last would count", "-t", "keep one");
        }

        ConvertedModel? converted = file is GgufFile ? null : ConvertedModel.Of(file);
        ModelFile source = converted?.Weights ?? file;
        GgufMetadata metadata = converted?.Metadata ?? ((GgufFile)file).Metadata;
        GgufRewrite rewrite = calls is [var call] ? Quantized(source, metadata, call) : new GgufRewrite(source, metadata, AsItIs(source));
        return rewrite with { Notes = converted?.Notes ?? [] };
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing remains.</exception>
    public void Write(string path, WorkerPool pool, IProgress<QuantizationProgress>? progress, CancellationToken cancellation) =>
        Quantizer.Write(Source, Metadata, Formats, path, pool, progress, cancellation);

    static GgufRewrite Quantized(ModelFile source, GgufMetadata metadata, TechniqueCall call)
    {
        QuantizationTarget target = QuantizeTechnique.Target(call);
        QuantizationPlan plan = Quantizer.Plan(source, metadata, target, QuantizeTechnique.IsPure(call));
        return new GgufRewrite(source, RunSetup.Read(metadata).With(call).WriteTo(Quantizer.Describe(metadata, target)), plan);
    }

    static QuantizationPlan AsItIs(ModelFile source) =>
        new(QuantizationTarget.F32, source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal), []);
}
