using System.Globalization;
using Shoestring.Models.Tests;

namespace Shoestring.Training.Tests;

/// <summary>
/// The forward pass in doubles of a model under an adapter, whose parameters it merges into the weights: what gradients of adapters are
/// held against.
/// </summary>
sealed class MergedReference
{
    readonly ReferenceModel reference;
    readonly SmallShape shape;
    readonly TrainingBatch batch;
    readonly double scale;
    readonly bool isDetached;
    readonly Dictionary<string, double[]> own = [];
    readonly Dictionary<string, double[]> norms = [];

    /// <param name="file">The model.</param>
    /// <param name="trained">The same with an adapter.</param>
    /// <param name="batch">What the loss is of.</param>
    /// <param name="scale">s of low-rank products.</param>
    /// <param name="isDetached">Whether norms stay what they are now while parameters move.</param>
    public MergedReference(SmallModel file, TrainableModel trained, TrainingBatch batch, double scale, bool isDetached)
    {
        (reference, shape, this.batch, this.scale, this.isDetached) = (new(file, exact: true), file.Shape, batch, scale, isDetached);
        Parameters = trained.Parameters.ToDictionary(parameter => parameter.Name, Values);
        foreach (string layer in Layers)
        {
            own[layer + ".weight"] = [.. Weight(layer, "weight")];
            own[layer + ".bias"] = [.. Weight(layer, "bias")];
        }
        reference.Behind = Serial;
        Merge(keepsNorms: true);
    }

    double[] Serial(string layer, double[] y)
    {
        if (!Parameters.TryGetValue(layer + ".adapter_down.weight", out double[]? down))
        {
            return y;
        }
        double[] inner = [.. Parameters[layer + ".adapter_down.bias"]], result = [.. y], up = Parameters[layer + ".adapter_up.weight"], bias = Parameters[layer + ".adapter_up.bias"];
        for (int i = 0; i < inner.Length; i++)
        {
            inner[i] += Enumerable.Range(0, y.Length).Sum(c => down[(i * y.Length) + c] * y[c]);
            inner[i] *= 0.5 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (inner[i] + (0.044715 * inner[i] * inner[i] * inner[i]))));
        }
        for (int c = 0; c < y.Length; c++)
        {
            result[c] += bias[c] + Enumerable.Range(0, inner.Length).Sum(i => up[(i * y.Length) + c] * inner[i]);
        }
        return result;
    }

    /// <summary>The adapter's parameters, to be changed in place.</summary>
    public Dictionary<string, double[]> Parameters { get; }

    IEnumerable<string> Layers => Parameters.Keys.Select(name => string.Join('.', name.Split('.').Take(3))).Distinct();

    static double[] Values(Parameter parameter)
    {
        if (parameter.Matrix is not { } matrix)
        {
            return [.. parameter.Values.ToArray().Select(value => (double)value)];
        }
        float[] row = new float[parameter.Columns];
        return [.. Enumerable.Range(0, parameter.Rows).SelectMany(r =>
        {
            matrix.GetRow(r, row);
            return row.Select(value => (double)value).ToArray();
        })];
    }

    /// <summary>The loss with the parameters as they are.</summary>
    public double Loss()
    {
        Merge(keepsNorms: false);
        return Differences.Loss(reference, batch);
    }

    void Merge(bool keepsNorms)
    {
        foreach (string layer in Layers)
        {
            double[] weight = [.. own[layer + ".weight"]], bias = [.. own[layer + ".bias"]];
            int outputs = Outputs(layer), inputs = weight.Length / outputs;
            AddLowRank(layer, weight, outputs, inputs);
            Normalize(layer, weight, outputs, inputs, keepsNorms);
            ScaleChannels(layer, weight, bias, inputs);
            weight.CopyTo(Weight(layer, "weight"));
            bias.CopyTo(Weight(layer, "bias"));
        }
    }

    void AddLowRank(string layer, double[] weight, int outputs, int inputs)
    {
        if (!Parameters.TryGetValue(layer + ".weight.lora_a", out double[]? a))
        {
            return;
        }
        double[] b = Parameters[layer + ".weight.lora_b"];
        for (int r = 0; r < a.Length / inputs; r++)
        {
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    weight[(o * inputs) + i] += scale * b[(r * outputs) + o] * a[(r * inputs) + i];
                }
            }
        }
    }

    void Normalize(string layer, double[] weight, int outputs, int inputs, bool keepsNorms)
    {
        if (!Parameters.TryGetValue(layer + ".weight.lora_magnitude", out double[]? magnitude))
        {
            return;
        }
        double[] now = [.. Enumerable.Range(0, outputs).Select(o => Math.Sqrt(weight.Skip(o * inputs).Take(inputs).Sum(v => v * v)))];
        if (keepsNorms || !isDetached)
        {
            norms[layer] = now;
        }
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] *= magnitude[i / inputs] / norms[layer][i / inputs];
        }
    }

    void ScaleChannels(string layer, double[] weight, double[] bias, int inputs)
    {
        if (Parameters.TryGetValue(layer + ".ia3_outputs", out double[]? outputs))
        {
            for (int i = 0; i < weight.Length; i++)
            {
                weight[i] *= outputs[i / inputs];
            }
            for (int o = 0; o < bias.Length; o++)
            {
                bias[o] *= outputs[o];
            }
        }
        if (Parameters.TryGetValue(layer + ".ia3_inputs", out double[]? factors))
        {
            for (int i = 0; i < weight.Length; i++)
            {
                weight[i] *= factors[i % inputs];
            }
        }
    }

    int Outputs(string layer) => layer.Split('.')[2] switch
    {
        "attn_q" => shape.Heads * shape.HeadChannels,
        "attn_k" or "attn_v" => shape.KvHeads * shape.HeadChannels,
        "ffn_gate" or "ffn_up" => shape.FeedForward,
        _ => shape.Width,
    };

    /// <summary>Where a layer's weights lie in the reference: GPT-2's queries, keys and values are rows of one matrix. Empty where there is no bias.</summary>
    Span<double> Weight(string layer, string kind)
    {
        string[] parts = layer.Split('.');
        bool hasBias = shape.IsGpt2 || (shape.Biases && parts[2] is "attn_q" or "attn_k" or "attn_v");
        if (kind == "bias" && !hasBias)
        {
            return [];
        }
        int third = Array.IndexOf(["attn_q", "attn_k", "attn_v"], parts[2]);
        if (!shape.IsGpt2 || third < 0)
        {
            return reference.Weight($"{layer}.{kind}");
        }
        double[] all = reference.Weight(string.Create(CultureInfo.InvariantCulture, $"blk.{parts[1]}.attn_qkv.{kind}"));
        return all.AsSpan(third * all.Length / 3, all.Length / 3);
    }
}
