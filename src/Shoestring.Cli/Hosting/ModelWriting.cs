using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>A model that is going to be written as GGUF, with techniques applied.</summary>
sealed record ModelWriting(GgufFile Source, GgufMetadata Metadata, QuantizationPlan Formats)
{
    /// <summary>Tensors that do not get the format meant for them.</summary>
    public IReadOnlyList<FormatFallback> Fallbacks => Formats.Fallbacks;

    /// <summary>Bytes of all tensors once written.</summary>
    public long TensorBytes => Formats.TensorBytes(Source.Tensors);

    /// <summary>Decides on everything before a byte is written.</summary>
    /// <exception cref="InputException">A technique cannot be applied, or the model is of a kind that is not converted.</exception>
    public static ModelWriting Plan(ModelFile file, IReadOnlyList<TechniqueCall> calls)
    {
        GgufFile source = file as GgufFile
            ?? throw new InputException("only GGUF models are rewritten", file.Path, "give a .gguf file");
        return calls switch
        {
            [] => new ModelWriting(source, source.Metadata, AsItIs(source)),
            [var call] => Quantized(source, call),
            _ => throw new InputException($"quantize is given {calls.Count} times, and only the last would count", "-t", "keep one"),
        };
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing remains.</exception>
    public bool Write(string path, WorkerPool pool, IProgress<Amount> progress, CancellationToken cancellation)
    {
        Quantizer.Write(Source, Metadata, Formats, path, pool, new Amounts(progress), cancellation);
        return true;
    }

    static ModelWriting Quantized(GgufFile source, TechniqueCall call)
    {
        QuantizationTarget target = QuantizeTechnique.Target(call);
        QuantizationPlan plan = Quantizer.Plan(source, target, QuantizeTechnique.IsPure(call));
        GgufMetadata metadata = RunSetup.Read(source.Metadata).With(call).WriteTo(Quantizer.Describe(source.Metadata, target));
        return new ModelWriting(source, metadata, plan);
    }

    static QuantizationPlan AsItIs(GgufFile source) =>
        new(QuantizationTarget.F32, source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal), []);

    sealed class Amounts(IProgress<Amount> progress) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) =>
            progress.Report(new Amount(value.BytesDone, value.Bytes, $"writing tensor {value.TensorsDone} of {value.Tensors}"));
    }
}
