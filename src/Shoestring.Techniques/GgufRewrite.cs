using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A quantization of a whole model.</summary>
/// <param name="Target">The format of most matrices.</param>
/// <param name="Pure">Whether every matrix gets it, where its rows fit.</param>
public sealed record QuantizationChoice(QuantizationTarget Target, bool Pure);

/// <summary>
/// A model that is going to be written as GGUF, with techniques applied. Techniques only add to it what is to be done; nothing
/// happens before it is written.
/// </summary>
/// <param name="Source">The model that it is made from, its tensors under their GGUF names.</param>
/// <param name="SourceMetadata">That model's metadata.</param>
public sealed record GgufRewrite(ModelFile Source, GgufMetadata SourceMetadata)
{
    /// <summary>The techniques, in order.</summary>
    public IReadOnlyList<TechniqueCall> Calls { get; init; } = [];

    /// <summary>What decides on formats, or null to keep those of the source.</summary>
    public QuantizationChoice? Quantization { get; init; }

    /// <summary>What is done to each block, in order.</summary>
    public IReadOnlyList<IBlockTransform> Transforms { get; init; } = [];

    /// <summary>Tensors that are left out.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>What is decided over the calibration text when the model is written, in order: blocks that stay, formats by sensitivity.</summary>
    public IReadOnlyList<IRewriteDecision> Decisions { get; init; } = [];

    /// <summary>The formats of matrices where each has one of its own, instead of <see cref="Quantization"/>.</summary>
    public PrecisionChoice? Precision { get; init; }

    /// <summary>Sensitivities measured so far, which rewrites of the same model over the same text may share.</summary>
    public SharedSensitivities Sensitivities { get; init; } = new();

    /// <summary>Whether tensors are entropy-coded when all else is done.</summary>
    public bool IsCoded { get; init; }

    /// <summary>Lines for the user about what the model given says and GGUF cannot.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The tensors that are written, in the shapes that they will have and the formats that the source has.</summary>
    public IReadOnlyList<TensorEntry> Tensors
    {
        get
        {
            IEnumerable<TensorEntry> left = Assumed.Source.Tensors.Where(tensor => !Removed.Contains(tensor.Name));
            return IsReshaped ? [.. new ReshapedTensors(ResultConfiguration).Of(left)] : [.. left];
        }
    }

    /// <summary>The shape of the model that is gone through.</summary>
    /// <exception cref="ModelFileException">The metadata is damaged, or the architecture not handled.</exception>
    public ModelConfiguration SourceConfiguration => GgufConfiguration.Read(Assumed.Source, Assumed.SourceMetadata);

    /// <summary>The shape of the model that will be written.</summary>
    /// <exception cref="ModelFileException">The metadata is damaged, or the architecture not handled.</exception>
    public ModelConfiguration ResultConfiguration
    {
        get
        {
            ModelConfiguration source = SourceConfiguration;
            BlockShape[] blocks = [.. source.Blocks.Select(block => Transforms.Aggregate(block, (shape, transform) => transform.Reshape(source, shape)))];
            return source with { Blocks = blocks, TiedEmbeddings = source.TiedEmbeddings || Removed.Contains("output.weight") };
        }
    }

    /// <summary>The format of each tensor.</summary>
    /// <exception cref="ModelFileException">The metadata lacks what a mix of formats depends on.</exception>
    public QuantizationPlan Formats => Assumed.Precision is { } precision ? precision.Plan(Tensors) : Quantization is { } choice
        ? QuantizationMix.Choose(choice.Target, Tensors, Quantizer.Shape(Assumed.SourceMetadata), choice.Pure)
        : new QuantizationPlan(QuantizationTarget.F32, Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal), []);

    /// <summary>Tensors that do not get the format meant for them.</summary>
    public IReadOnlyList<FormatFallback> Fallbacks => Formats.Fallbacks;

    /// <summary>The metadata that it will have.</summary>
    public GgufMetadata Metadata
    {
        get
        {
            GgufMetadata given = IsReshaped ? new ReshapedTensors(ResultConfiguration).Describe(Assumed.SourceMetadata) : Assumed.SourceMetadata;
            GgufMetadata metadata = (Assumed.Precision?.Target ?? Quantization?.Target) is { } target ? Quantizer.Describe(given, target) : given;
            metadata = Layout == ModelLayout.Shoestring ? ShoestringLayout.Describe(metadata) : metadata;
            return Calls.Count == 0 ? metadata : Calls.Aggregate(RunSetup.Read(SourceMetadata), (setup, call) => setup.With(call)).WriteTo(metadata);
        }
    }

    /// <summary>Bytes of the file once written: exactly, unless it is coded, whose bytes are estimated.</summary>
    public long FileBytes => IsCoded ? CodedRewrite.EstimateBytes(this) : GgufWriter.FileBytes(Metadata, Quantizer.Declare(Tensors, Formats));

    /// <summary>Who can read the file.</summary>
    public ModelLayout Layout => Calls.Any(call => call.Technique.Layout == ModelLayout.Shoestring) || Quantization?.Target.UsualFormat().IsOfGgml() == false
        ? ModelLayout.Shoestring : ModelLayout.Gguf;

    /// <summary>Whether a calibration text is needed.</summary>
    public bool NeedsCalibration => Decisions.Count > 0 || Transforms.Any(transform => transform.Needs != InputNeeds.None);

    /// <summary>Whether the model is gone through block by block, rather than tensor by tensor.</summary>
    public bool IsBlockwise => Transforms.Any(transform => transform is not RoundTransform { IsOnlyFormat: true });

    /// <summary>Decides on everything before a byte is written. A file of another kind is converted as it is read.</summary>
    /// <param name="file">The model, which must stay open until it is written.</param>
    /// <param name="calls">The techniques; none to leave the weights as they are.</param>
    /// <exception cref="InputException">A technique cannot be applied, or the model cannot be converted.</exception>
    public static GgufRewrite Plan(ModelFile file, IReadOnlyList<TechniqueCall> calls)
    {
        if (calls.GroupBy(call => call.Technique.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"{twice.Key} is given {twice.Count()} times, and only the last would count", "-t", "keep one");
        }

        if (calls.FirstOrDefault(call => call.Technique.Train is not null) is { } trains)
        {
            throw new InputException($"{trains.Technique.Id} learns from a text", $"-t {trains.Technique.Id}", $"use shoestring tune MODEL --data FILE -t {trains.Technique.Id}");
        }

        EntropyCodeTechnique.RefuseLater(calls);
        ConvertedModel? converted = file is GgufFile ? null : ConvertedModel.Of(file);
        var plain = new GgufRewrite(converted?.Weights ?? file, converted?.Metadata ?? ((GgufFile)file).Metadata) { Notes = converted?.Notes ?? [] };
        return calls.Aggregate(plain, (sofar, call) => call.Technique.Apply(sofar, call) with { Calls = [.. sofar.Calls, call] });
    }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path">The file, which replaces one that is there.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="text">The calibration text, where one is needed.</param>
    /// <param name="progress">Told how far it is, in bytes or, block by block, in blocks.</param>
    /// <param name="cancellation">Stops the work. Finished blocks are kept beside the file for a second attempt; else nothing remains.</param>
    /// <exception cref="InputException">A calibration text is missing, a weight is not finite, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <returns>What was written: this, with what was only decided now.</returns>
    public GgufRewrite Write(string path, WorkerPool pool, CalibrationText? text = null, IProgress<RewriteProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (text is null && NeedsCalibration)
        {
            string who = Decisions.Count > 0 ? Decisions[0].Name : Transforms.First(transform => transform.Needs != InputNeeds.None).Name;
            throw new InputException($"{who} looks at what flows through the model, and there is no text for that", "--calibration", "give one with --calibration FILE");
        }

        if (IsCoded)
        {
            return new CodedRewrite(this).Write(path, pool, text, progress, cancellation);
        }

        if (Decisions.Count > 0)
        {
            return Decisions[0].Decide(Undecided, text!, pool, progress, cancellation).Write(path, pool, text, progress, cancellation);
        }

        if (IsBlockwise)
        {
            new BlockwiseRewrite(this, text).Write(path, pool, progress, cancellation);
        }
        else
        {
            Quantizer.Write(Source, Metadata, Tensors, Formats, path, pool, progress is null ? null : new Bytes(progress), cancellation);
        }

        return this;
    }

    // Before it is decided which blocks stay, any as many tell what it will come to; likewise with formats.
    GgufRewrite Assumed => Decisions.Count > 0 ? Decisions[0].Assume(Undecided).Assumed : this;

    // Without the first decision, for it to be added.
    GgufRewrite Undecided => this with { Decisions = [.. Decisions.Skip(1)] };

    // Models of architectures that are only written, not run, need no reading where nothing is removed.
    bool IsReshaped => Transforms.Any(transform => transform.ChangesShape);

    sealed class Bytes(IProgress<RewriteProgress> progress) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => progress.Report(new RewriteProgress(value.BytesDone, value.Bytes, $"tensor {value.TensorsDone} of {value.Tensors}"));
    }
}

/// <summary>How far a model is written.</summary>
/// <param name="Done">Bytes or blocks that are done.</param>
/// <param name="Total">All of them.</param>
/// <param name="Step">What is being done.</param>
public readonly record struct RewriteProgress(double Done, double Total, string Step);
