using System.Globalization;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>How fast a model will be on this machine, from what its tensors will be and how fast the machine was measured to be with them.</summary>
/// <param name="rewrite">The model with techniques applied.</param>
/// <param name="meter">The machine.</param>
public sealed class TimePrediction(GgufRewrite rewrite, MeterOptions meter)
{
    /// <summary>Fitted over 19 cases of five models, on two threads of a machine with AVX-512 VNNI (bench/Shoestring.Predictions, results).</summary>
    static readonly TimeConstants decoding = new(1.032e-6, 4.092e-9), prefilling = new(3.578e-5, 1.259e-9);

    readonly IReadOnlyDictionary<string, TensorFormat> formats = rewrite.Formats.Formats;
    readonly IReadOnlyList<TensorEntry> tensors = rewrite.Tensors;
    readonly ModelConfiguration configuration = rewrite.ResultConfiguration;
    readonly CostModel cost = new(rewrite.ResultConfiguration);
    readonly CacheOptions cache = RunSetup.Read(rewrite.Metadata).Cache ?? new CacheOptions();

    /// <summary>Bytes of weights that a generated token reads.</summary>
    public double BytesPerToken => Multiplied.Sum(tensor => (double)GeneratedFormat(tensor).RowBytes(tensor.Shape.Elements) * GeneratedShare(tensor));

    /// <summary>Generated tokens a second, one sequence, from an empty context.</summary>
    /// <param name="generated">How many tokens are generated.</param>
    public Figure Decode(int generated = 64) => Rate(1, DecodeStep(generated), decoding, "a generated token");

    /// <summary>Prompt tokens a second.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    public Figure Prefill(int prompt) => Rate(prompt, PrefillStep(prompt), prefilling, "the prompt");

    /// <summary>What the time of a generated token is made of, in the middle of <paramref name="generated"/>; null where the machine was not measured.</summary>
    public TimeFeatures? DecodeStep(int generated)
    {
        if (meter.Limits is not { } limits)
        {
            return null;
        }

        (double Computing, double Waiting)[] products = [.. Multiplied.Select(tensor => ProductSeconds(GeneratedFormat(tensor), tensor.Shape.Elements * GeneratedShare(tensor), 1, limits))];
        return Step(products, BytesPerToken, 1, 1, cost.AttentionFlops(new WorkSpan(generated / 2, 1), cache) / Floats(limits));
    }

    /// <summary>What the time of a prompt is made of, read in steps of as many rows as an engine usually takes.</summary>
    public TimeFeatures? PrefillStep(int prompt)
    {
        if (meter.Limits is not { } limits)
        {
            return null;
        }

        int steps = (prompt + StepMemory.UsualRows(configuration) - 1) / StepMemory.UsualRows(configuration);
        TensorEntry head = Multiplied.Last();
        (double Computing, double Waiting)[] products =
        [
            .. Layers.Select(tensor => ProductSeconds(formats[tensor.Name], tensor.Shape.Elements, prompt, limits, steps)),
            ProductSeconds(formats[head.Name], head.Shape.Elements, 1, limits),
        ];
        return Step(products, BytesPerToken, steps, prompt, cost.AttentionFlops(new WorkSpan(0, prompt), cache) / Floats(limits));
    }

    TimeFeatures Step((double Computing, double Waiting)[] products, double bytes, int steps, int rows, double attention) => new(
        products.Sum(product => product.Computing) + attention, products.Sum(product => product.Waiting), bytes, meter.LastLevelCacheBytes ?? 0,
        RegionsOf(steps), Elements(rows) + configuration.Vocabulary);

    Figure Rate(int tokens, TimeFeatures? step, TimeConstants constants, string what) => step is not { } known ? Figure.Unavailable(Units.TokensPerSecond, meter.NoLimitsReason)
        : Figure.Modelled(tokens / constants.Seconds(known), Units.TokensPerSecond, string.Create(CultureInfo.InvariantCulture,
            $"{what}: {known.Products:G3} s of products and attention at measured rates + {known.Regions:0} regions × {constants.SecondsPerRegion:G3} s + {known.Elements:G3} elements × {constants.SecondsPerElement:G3} s"));

    double Floats(MachineLimits limits) => meter.Threads == 1 ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;

    // Products run at the rate of their format, unless memory brings the weights more slowly: each step reads all of them.
    (double Computing, double Waiting) ProductSeconds(TensorFormat format, double weights, int rows, MachineLimits limits, int steps = 1)
    {
        bool one = meter.Threads == 1;
        KernelRate? rate = (one ? limits.KernelsOneThread : limits.Kernels).FirstOrDefault(kernel => kernel.Format == format.Name());
        double fallback = (!format.MultipliesFloats() ? one ? limits.Int8OperationsPerSecondOneThread : limits.Int8OperationsPerSecond : null) ?? Floats(limits);
        double computing = rows * weights / ((rows == 1 ? rate?.OneRow : rate?.ManyRows) ?? (fallback / 2));
        double reading = steps * weights * format.RowBytes(256) / 256 / (one ? limits.ReadBytesPerSecondOneThread : limits.ReadBytesPerSecond);
        return (computing, Math.Max(0, reading - computing));
    }

    // Of each block: the three products that attention's inputs share, attention, its output, gate with up, down; and the logits.
    double RegionsOf(int steps) => steps * ((5.0 * configuration.Blocks.Count) + 1);

    // Of each row and block: two norms, two sums, rotations, and gate times up.
    double Elements(int rows) => rows * configuration.Blocks.Sum(block =>
        (4.0 * configuration.Width) + ((block.Heads + block.KvHeads) * block.HeadChannels) + (2 * block.FeedForwardWidth));

    /// <summary>Operations of products by the width of their operands: rows through the blocks, and rows through the output matrix.</summary>
    /// <param name="rows">Rows of prompts and answers.</param>
    /// <param name="logitRows">Rows that want logits.</param>
    /// <param name="generated">Those of the rows that come after their prompts.</param>
    public OperationCounts Products(long rows, long logitRows, long generated)
    {
        var counts = new OperationCounts();
        foreach (TensorEntry tensor in Multiplied)
        {
            bool isOfBlock = TensorNames.IsOfBlock(tensor.Name);
            counts += Operations(formats[tensor.Name], 2.0 * tensor.Shape.Elements * (isOfBlock ? rows - generated : logitRows));
            counts += Operations(GeneratedFormat(tensor), isOfBlock ? Math.Round(2.0 * tensor.Shape.Elements * GeneratedShare(tensor)) * generated : 0);
        }

        return counts;
    }

    static OperationCounts Operations(TensorFormat format, double operations) =>
        format.MultipliesFloats() ? new OperationCounts(Float32: operations) : new OperationCounts(Int8: operations);

    // After a prompt some neurons are computed: rows of the first matrices of the layer, columns of the last.
    double GeneratedShare(TensorEntry tensor) => cache.Sparsity == 0 || !IsFeedForward(tensor) ? 1
        : (double)NeuronChoice.Kept(Neurons(tensor), cache.Sparsity) / Neurons(tensor);

    TensorFormat GeneratedFormat(TensorEntry tensor) => cache.Sparsity > 0 && IsDown(tensor) ? CostModel.ChosenInputsFormat(formats[tensor.Name]) : formats[tensor.Name];

    static int Neurons(TensorEntry tensor) => (int)(IsDown(tensor) ? tensor.Shape.Columns : tensor.Shape.Rows);

    static bool IsDown(TensorEntry tensor) => tensor.Name.EndsWith(".ffn_down.weight", StringComparison.Ordinal);

    static bool IsFeedForward(TensorEntry tensor) => IsDown(tensor) || tensor.Name.EndsWith(".ffn_up.weight", StringComparison.Ordinal) || tensor.Name.EndsWith(".ffn_gate.weight", StringComparison.Ordinal);

    /// <summary>Bytes that the weights take in memory: matrices in groups of rows as kernels read them, vectors as floats.</summary>
    public long ResidentBytes => ChosenBytes + tensors.Where(tensor => tensor.Name != "rope_freqs.weight").Sum(tensor =>
    {
        if (tensor.Shape.Rank == 1)
        {
            return tensor.Shape.Elements * sizeof(float);
        }

        long groups = (tensor.Shape.Rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;
        return new PackedLayout(formats[tensor.Name], (int)tensor.Shape.Columns).GroupBytes * groups;
    });

    // A sequence has the weights of its neurons for itself.
    long ChosenBytes => cost.ChosenNeuronBytes((block, name) => formats[TensorNames.Block(block, name)], cache);

    IEnumerable<TensorEntry> Layers => tensors.Where(tensor => tensor.Shape.Rank > 1 && TensorNames.IsOfBlock(tensor.Name));

    // The embedding is looked up, not multiplied with, unless it is the output matrix too.
    IEnumerable<TensorEntry> Multiplied =>
        Layers.Append(tensors.FirstOrDefault(tensor => tensor.Name == "output.weight") ?? tensors.First(tensor => tensor.Name == "token_embd.weight"));
}
