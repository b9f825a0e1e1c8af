using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>The combinations of techniques that a search tries for a model.</summary>
/// <param name="Plans">The candidates, in the order to try them.</param>
/// <param name="LeftOut">Combinations that are not worth trying, with the reason.</param>
public sealed record CandidateSpace(IReadOnlyList<CandidatePlan> Plans, IReadOnlyList<LeftOut> LeftOut)
{
    const string Tie = "tie-embeddings";

    // A search that is cut short has seen both ends and the middle first.
    static readonly QuantizationTarget[] order =
    [
        QuantizationTarget.Q8_0, QuantizationTarget.Q4_0, QuantizationTarget.Q4_K_M, QuantizationTarget.Q6_K, QuantizationTarget.Q5_K_M,
        QuantizationTarget.Q2_K, QuantizationTarget.Q5_0, QuantizationTarget.Q3_K_M, QuantizationTarget.Q4_1, QuantizationTarget.Q5_1,
        QuantizationTarget.F16, QuantizationTarget.IQ4_NL, QuantizationTarget.Q4_K_S, QuantizationTarget.Q5_K_S, QuantizationTarget.Q3_K_L,
        QuantizationTarget.Q3_K_S, QuantizationTarget.BF16,
    ];

    // What looks at a calibration text takes longer, and gains where rounding to nearest loses: from five bits down.
    static readonly (string[] Methods, QuantizationTarget Target)[] calibrated =
    [
        (["gptq"], QuantizationTarget.Q4_0), (["gptq"], QuantizationTarget.Q4_K_M), (["gptq"], QuantizationTarget.Q2_K), (["gptq"], QuantizationTarget.Q3_K_M),
        (["awq", "gptq"], QuantizationTarget.Q4_K_M), (["gptq"], QuantizationTarget.Q5_K_M), (["imatrix"], QuantizationTarget.Q4_K_M),
        (["awq"], QuantizationTarget.Q4_0), (["imatrix"], QuantizationTarget.Q2_K), (["awq", "gptq"], QuantizationTarget.Q2_K), (["gptq"], QuantizationTarget.Q4_1),
        (["gptq"], QuantizationTarget.IQ4_NL), (["gptq"], QuantizationTarget.Q5_0), (["gptq"], QuantizationTarget.Q5_1), (["gptq"], QuantizationTarget.Q8_0),
        (["gptq"], QuantizationTarget.Q6_K), (["gptq"], QuantizationTarget.Q3_K_S), (["awq", "gptq"], QuantizationTarget.Q4_0), (["awq"], QuantizationTarget.Q4_K_M),
        (["awq"], QuantizationTarget.Q4_1), (["awq", "gptq"], QuantizationTarget.Q4_1), (["imatrix"], QuantizationTarget.Q4_0), (["imatrix"], QuantizationTarget.Q5_0),
        (["imatrix"], QuantizationTarget.Q3_K_M), (["imatrix"], QuantizationTarget.IQ4_NL),
    ];

    // What removes weights, alone and with a format in either order: how the two act on each other is measured, not assumed.
    static readonly string[][] removing =
    [
        ["shortgpt:layers=1"], ["llm-pruner:ffn-ratio=0.2"], ["wanda:sparsity=0.5"], ["sparsegpt:sparsity=0.5"], ["magnitude:sparsity=0.5"],
        ["shortgpt:layers=1", "quantize:format=Q8_0"], ["shortgpt:layers=1", "quantize:format=Q4_0"], ["shortgpt:layers=1", "gptq:format=Q5_0"], ["shortgpt:layers=1", "gptq:format=Q4_0"],
        ["llm-pruner:ffn-ratio=0.1", "quantize:format=Q8_0"], ["llm-pruner:ffn-ratio=0.1", "gptq:format=Q5_0"], ["llm-pruner:ffn-ratio=0.1", "gptq:format=Q4_0"],
        ["llm-pruner:ffn-ratio=0.2", "quantize:format=Q8_0"], ["llm-pruner:ffn-ratio=0.2", "quantize:format=Q4_0"], ["llm-pruner:ffn-ratio=0.2", "gptq:format=Q4_0"],
        ["llm-pruner:ffn-ratio=0.3", "quantize:format=Q8_0"], ["llm-pruner:ffn-ratio=0.3", "gptq:format=Q4_0"],
        ["llm-pruner:ffn-ratio=0.1,head-ratio=0.1", "gptq:format=Q5_0"], ["llm-pruner:ffn-ratio=0.2,head-ratio=0.2", "gptq:format=Q4_0"],
        ["wanda:sparsity=0.5", "quantize:format=Q4_0"], ["quantize:format=Q4_0", "wanda:sparsity=0.5"], ["wanda:sparsity=0.3", "gptq:format=Q4_0"],
        ["sparsegpt:sparsity=0.5", "quantize:format=Q4_0"], ["sparsegpt:sparsity=0.3", "gptq:format=Q5_0"], ["magnitude:sparsity=0.3", "quantize:format=Q8_0"],
        ["smoothquant", "quantize:format=Q8_0"], ["smoothquant", "quantize:format=Q4_0"],
        ["sparsegpt:pattern=2:4", "quantize:format=S24_8"], ["sparsegpt:pattern=2:4", "gptq:format=S24_4"], ["griffin:sparsity=0.5"],
    ];

    // Formats by sensitivity, and what is left for an entropy coder to find.
    static readonly string[][] chosen =
    [
        ["mixed-precision:bits=7,method=scaled,tokens=512"], ["mixed-precision:bits=6,method=scaled,tokens=512"], ["mixed-precision:bits=5,method=scaled,tokens=512"], ["mixed-precision:bits=4.5,method=scaled,tokens=512"],
        ["gptq", "mixed-precision:bits=5,method=scaled,tokens=512"], ["gptq", "mixed-precision:bits=4.5,method=scaled,tokens=512"],
        ["mixed-precision:bits=5,method=scaled,tokens=512", "entropy-code"], ["gptq:format=Q4_0", "entropy-code"],
    ];

    // Eigenvectors of wide matrices take minutes each.
    const long MostElementsForFactors = 500_000_000;

    /// <summary>
    /// The formats that make this model smaller, rounded to nearest and, with a calibration text, by the methods that look at one. Those
    /// that do not make it smaller, and those which fall back to the very tensors of an earlier one, are left out. An output matrix
    /// that is the embedding is never stored twice: that loses nothing.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="hasCalibration">Whether there is a calibration text.</param>
    /// <exception cref="ModelFileException">The metadata lacks what a mix depends on.</exception>
    public static CandidateSpace For(GgufFile model, bool hasCalibration = false)
    {
        var space = new Builder(model, TieEmbeddingsTechnique.IsPossible(model) ? [Tie] : []);
        space.AddTied();
        foreach (QuantizationTarget target in order)
        {
            space.AddRounded(target);
        }

        foreach ((string[] methods, QuantizationTarget target) in hasCalibration ? calibrated : [])
        {
            space.AddCalibrated(methods, target);
        }

        foreach (string[] techniques in hasCalibration ? removing.Concat(chosen) : [])
        {
            space.AddWherePossible(techniques);
        }

        if (hasCalibration && model.Tensors.Sum(tensor => tensor.Shape.Elements) <= MostElementsForFactors)
        {
            space.AddWherePossible(["asvd:ratio=0.8"]);
        }

        space.AddWherePossible(["entropy-code"]);
        space.AddWherePossible(["quantize:format=Q8_0", "entropy-code"]);

        space.AddCached("quantize:format=Q8_0", "kv-quantize:type=q8_0");
        space.AddCached(hasCalibration ? "gptq:format=Q4_0" : "quantize:format=Q4_0", "kivi:bits=4");
        return new CandidateSpace(space.Plans, space.LeftOut);
    }

    sealed class Builder(GgufFile model, string[] lossless)
    {
        readonly Dictionary<string, string> seen = [];
        readonly HashSet<QuantizationTarget> useful = [];
        readonly long given = model.Tensors.Sum(tensor => tensor.Bytes);

        public List<CandidatePlan> Plans { get; } = [];

        public List<LeftOut> LeftOut { get; } = [];

        public void AddTied()
        {
            if (lossless.Length > 0)
            {
                Plans.Add(new CandidatePlan(lossless));
            }
        }

        public void AddRounded(QuantizationTarget target)
        {
            string[] techniques = [.. lossless, $"quantize:format={target}"];
            GgufRewrite rewrite = GgufRewrite.Plan(model, [.. techniques.Select(TechniqueCall.Parse)]);
            if (Reason(rewrite, CandidatePlan.LabelOf(techniques)) is { } reason)
            {
                LeftOut.Add(new LeftOut(techniques, reason));
                return;
            }

            useful.Add(target);
            Add(techniques, rewrite);
        }

        public void AddCalibrated(string[] methods, QuantizationTarget target)
        {
            if (useful.Contains(target))
            {
                string[] techniques = [.. lossless, .. methods.Select(method => $"{method}:format={target}")];
                Add(techniques, GgufRewrite.Plan(model, [.. techniques.Select(TechniqueCall.Parse)]));
            }
        }

        public void AddWherePossible(string[] wanted)
        {
            string[] techniques = [.. lossless, .. wanted];
            try
            {
                GgufRewrite rewrite = GgufRewrite.Plan(model, [.. techniques.Select(TechniqueCall.Parse)]);
                _ = rewrite.FileBytes;
                Add(techniques, rewrite);
            }
            catch (InputException fault)
            {
                LeftOut.Add(new LeftOut(techniques, fault.Message));
            }
        }

        /// <summary>What a cheaper cache adds to a candidate that there is already.</summary>
        public void AddCached(string weights, string cache)
        {
            if (Plans.FirstOrDefault(plan => plan.Techniques is [.., var last] && last == weights) is { } plan)
            {
                Plans.Add(plan with { Techniques = [.. plan.Techniques, cache] });
            }
        }

        void Add(string[] techniques, GgufRewrite rewrite) =>
            Plans.Add(new CandidatePlan(techniques) { Layout = rewrite.Layout, Fallbacks = [.. rewrite.Fallbacks.Select(Note)] });

        string? Reason(GgufRewrite rewrite, string label)
        {
            QuantizationPlan plan = rewrite.Formats;
            if (plan.TensorBytes(rewrite.Tensors) >= given)
            {
                return "it would not make this model smaller";
            }

            string formats = string.Join(',', rewrite.Tensors.Select(tensor => plan.Formats[tensor.Name]));
            return seen.TryAdd(formats, label) ? null : $"for this model it gives the same tensors as {seen[formats]}";
        }

        static Fallback Note(FormatFallback fallback) => new(fallback.Tensor.Name, fallback.Wanted.Name(), fallback.Got.Name());
    }
}
