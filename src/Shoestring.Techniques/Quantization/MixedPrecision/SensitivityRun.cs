using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Runs a model with tensors rounded, over the same part of a text: up to the block at hand as it is, and from there on with the change.
/// Small models are held in memory as floats; of larger ones one block is.
/// </summary>
sealed class SensitivityRun : IDisposable
{
    const long MostHeldElements = 1L << 26, MostParametersRunEach = 120_000_000;

    readonly ModelFile source;
    readonly ModelConfiguration model;
    readonly TensorEntry[] matrices;
    readonly CalibrationText text;
    readonly SensitivityOptions options;
    readonly WorkerPool pool;
    readonly CancellationToken cancellation;
    readonly Dictionary<string, TensorFormat> own;
    readonly Dictionary<int, BlockWeights> held = [];
    readonly ResidualStreams original, changed;
    readonly OutputDivergence output;
    readonly bool holdsBlocks;

    /// <summary>Runs the model unchanged, so that it can be compared with.</summary>
    public SensitivityRun(ModelFile source, ModelConfiguration model, IReadOnlyList<TensorEntry> tensors, CalibrationText text,
        SensitivityOptions options, WorkerPool pool, CancellationToken cancellation)
    {
        (this.source, this.model, this.options, this.pool, this.cancellation) = (source, model, options, pool, cancellation);
        this.text = Part(text, options.Tokens);
        matrices = [.. tensors.Where(TensorRoles.IsQuantized).OrderBy(tensor => TensorRoles.Layer(tensor.Name))];
        holdsBlocks = matrices.Where(tensor => TensorRoles.Layer(tensor.Name) >= 0).Sum(tensor => tensor.Shape.Elements) <= MostHeldElements;
        own = source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal);
        original = new ResidualStreams(source, model, own, this.text, pool);
        changed = new ResidualStreams(source, model, own, this.text, pool);
        output = new OutputDivergence(source, model, original.Rows, pool);
        changed.Begin();
        Flow(changed, 0);
        output.SetOriginal(changed.Values);
    }

    /// <summary>Measures every matrix in every format that it can take.</summary>
    public SensitivityTable Measure(IReadOnlyList<TensorFormat>? formats, IProgress<RewriteProgress>? progress)
    {
        SensitivityMethod method = options.Method ?? (matrices.Sum(tensor => tensor.Shape.Elements) <= MostParametersRunEach
            ? SensitivityMethod.Divergence : SensitivityMethod.ScaledDivergence);
        var entries = new List<TensorSensitivity>();
        int done = 0;
        original.Begin();
        foreach (IGrouping<int, TensorEntry> layer in matrices.GroupBy(tensor => TensorRoles.Layer(tensor.Name)))
        {
            BlockWeights? block = layer.Key < 0 ? null : Block(layer.Key);
            using BlockErrors? errors = block is null || method == SensitivityMethod.Divergence ? null : new BlockErrors(block, model, original, pool, cancellation);
            foreach (TensorEntry tensor in layer)
            {
                TensorFormat[] fitting = [.. SensitivityMeasurement.Fitting(tensor, formats)];
                entries.AddRange(errors is null ? Each(tensor, block, fitting) : Scaled(tensor, block!, fitting, errors));
                progress?.Report(new RewriteProgress(++done, matrices.Length, $"sensitivity of {tensor.Name}"));
            }

            if (block is not null)
            {
                original.Flow(block, model, static (_, _) => { }, cancellation);
            }
        }

        return new SensitivityTable(method, original.Rows, output.Positions, entries);
    }

    /// <summary>The divergence with every matrix in its format.</summary>
    public double Together(IReadOnlyDictionary<string, TensorFormat> formats)
    {
        using ResidualStreams all = Embedded(formats.GetValueOrDefault("token_embd.weight", own["token_embd.weight"]));
        for (int index = 0; index < model.Blocks.Count; index++)
        {
            BlockWeights block = Block(index);
            foreach (BlockMatrix matrix in block.Matrices.Values.Where(matrix => matrix.IsMatrix).ToArray())
            {
                block = With(block, matrix, formats[TensorNames.Block(index, matrix.Name)]);
            }

            all.Flow(block, model, static (_, _) => { }, cancellation);
        }

        return output.Of(all.Values, formats[OutputDivergence.HeadName(model)]);
    }

    IEnumerable<TensorSensitivity> Each(TensorEntry tensor, BlockWeights? block, TensorFormat[] formats) =>
        formats.Select(format => Entry(tensor, format, Divergence(tensor, block, format), true));

    // The coarsest is run: its divergence stands out most from what rounding in the arithmetic does.
    IEnumerable<TensorSensitivity> Scaled(TensorEntry tensor, BlockWeights block, TensorFormat[] formats, BlockErrors errors)
    {
        if (formats.Length == 0)
        {
            return [];
        }

        string name = tensor.Name[TensorNames.Block(block.Index, "").Length..];
        double[] squares = [.. formats.Select(format => errors.Of(name, format))];
        int run = Array.IndexOf(squares, squares.Max());
        double divergence = Divergence(tensor, block, formats[run]);
        return formats.Select((format, i) => Entry(tensor, format, squares[run] > 0 ? divergence * squares[i] / squares[run] : divergence, i == run));
    }

    static TensorSensitivity Entry(TensorEntry tensor, TensorFormat format, double divergence, bool isMeasured) =>
        new(TensorRoles.Layer(tensor.Name), tensor.Name, format, format.TensorBytes(tensor.Shape), divergence, isMeasured);

    double Divergence(TensorEntry tensor, BlockWeights? block, TensorFormat format)
    {
        cancellation.ThrowIfCancellationRequested();
        if (block is null)
        {
            return Outside(tensor, format);
        }

        original.Values.CopyTo(changed.Values);
        changed.Flow(With(block, block.Find(tensor.Name[TensorNames.Block(block.Index, "").Length..])!, format), model, static (_, _) => { }, cancellation);
        Flow(changed, block.Index + 1);
        return output.Of(changed.Values);
    }

    // The embedding, which in tied models is the output matrix too; or that alone.
    double Outside(TensorEntry tensor, TensorFormat format)
    {
        using ResidualStreams streams = Embedded(tensor.Name == "token_embd.weight" ? format : own["token_embd.weight"]);
        Flow(streams, 0);
        return output.Of(streams.Values, tensor.Name == OutputDivergence.HeadName(model) ? format : null);
    }

    ResidualStreams Embedded(TensorFormat format)
    {
        var streams = new ResidualStreams(source, model, new Dictionary<string, TensorFormat>(own) { ["token_embd.weight"] = format }, text, pool);
        streams.Begin();
        return streams;
    }

    void Flow(ResidualStreams streams, int from)
    {
        for (int index = from; index < model.Blocks.Count; index++)
        {
            streams.Flow(Block(index), model, static (_, _) => { }, cancellation);
        }
    }

    BlockWeights With(BlockWeights block, BlockMatrix matrix, TensorFormat format) => block with
    {
        Matrices = new(block.Matrices, StringComparer.Ordinal) { [matrix.Name] = matrix with { Values = RowRounding.Of(matrix.Values, matrix.Columns, format, pool) } },
    };

    BlockWeights Block(int index)
    {
        if (!held.TryGetValue(index, out BlockWeights? block))
        {
            block = BlockWeights.Read(source, index, own);
            if (holdsBlocks)
            {
                held[index] = block;
            }
        }

        return block;
    }

    // Whole sequences, spread evenly.
    static CalibrationText Part(CalibrationText text, int tokens)
    {
        int count = Math.Clamp(tokens / text.Length, 1, text.Sequences.Count);
        return text with { Sequences = [.. Enumerable.Range(0, count).Select(i => text.Sequences[(int)((long)i * text.Sequences.Count / count)])] };
    }

    public void Dispose()
    {
        original.Dispose();
        changed.Dispose();
        output.Dispose();
    }
}

/// <summary>How much rounding one matrix changes its layer's output: Σ ‖X·(Q(W) − W)ᵀ‖² over some of the inputs.</summary>
sealed class BlockErrors : IDisposable
{
    readonly BlockContext context;
    readonly StatisticsCollector seen;

    public BlockErrors(BlockWeights block, ModelConfiguration model, ResidualStreams streams, WorkerPool pool, CancellationToken cancellation)
    {
        var account = new MemoryAccount();
        seen = new StatisticsCollector(InputNeeds.Sample, streams.Rows, pool, account);
        streams.Look(block, model, seen, cancellation);
        context = new BlockContext(model, block, seen.Inputs, pool, account, cancellation);
    }

    /// <summary>The error of a matrix, by its name within the block, in a format.</summary>
    public double Of(string name, TensorFormat format)
    {
        BlockMatrix matrix = context.Block.Find(name)!;
        InputStatistics inputs = context.Layers.First(layer => layer.Readers.Contains(matrix)).Seen;
        using var error = new RoundingError(context, [matrix with { Format = format }], inputs.Sample, new LevelRounding(null));
        return error.Of(null);
    }

    public void Dispose() => seen.Dispose();
}
