using Shoestring.Models;
using Shoestring.Training;
using TorchSharp;
using static TorchSharp.torch;
using RotaryLayout = Shoestring.Tensors.RotaryLayout;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Shoestring.Torch;

/// <summary>
/// A Llama-type or GPT-2-type model in TorchSharp's operations, written from the architectures' papers and with the names of GGUF: its
/// gradients are libtorch's, so nothing of ours takes part but the numbers that its weights begin with.
/// </summary>
public sealed class TorchModel : IDisposable
{
    readonly ModelConfiguration model;
    readonly Dictionary<string, TorchParameter> weights = new(StringComparer.Ordinal);

    /// <summary>Takes the values of a model of ours, which may go afterwards.</summary>
    /// <param name="source">A model of which all weights learn.</param>
    public TorchModel(TrainableModel source)
    {
        model = source.Configuration;
        foreach (Parameter parameter in source.Parameters)
        {
            long[] shape = parameter.IsMatrix ? [parameter.Rows, parameter.Columns] : [parameter.Columns];
            using Tensor values = tensor(Values(parameter), shape);
            weights.Add(parameter.Name, new TorchParameter(values.clone(), true));
        }
    }

    /// <summary>The weights by their names in GGUF.</summary>
    public IReadOnlyDictionary<string, TorchParameter> Weights => weights;

    /// <summary>The gradient of a weight, in the order of the file. <c>[output, input]</c></summary>
    public float[] Gradient(string name)
    {
        using Tensor gradient = weights[name].grad!.contiguous();
        return gradient.data<float>().ToArray();
    }

    /// <summary>Σ weight · −ln p(target) over documents of one length.</summary>
    /// <param name="tokens"><c>[document, position]</c></param>
    /// <param name="targets">What each row is to predict. <c>[document · position]</c></param>
    /// <param name="counts">What each row counts, or null for 1. <c>[document · position]</c></param>
    public Tensor Loss(Tensor tokens, Tensor targets, Tensor? counts)
    {
        Tensor x = Embed(tokens);
        using Tensor? turns = model.Rotary is { } rotary ? Turns(rotary, tokens.shape[1]) : null;
        for (int block = 0; block < model.Blocks.Count; block++)
        {
            string name = $"blk.{block}";
            x = x + Attend(name, model.Blocks[block], Norm(x, $"{name}.attn_norm"), turns);
            x = x + FeedForward(name, Norm(x, $"{name}.ffn_norm"));
        }
        Tensor logits = nn.functional.linear(Norm(x, "output_norm"), model.TiedEmbeddings ? weights["token_embd.weight"] : weights["output.weight"]).view(-1, model.Vocabulary);
        return counts is null ? nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.Sum)
            : (nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None) * counts).sum();
    }

    Tensor Embed(Tensor tokens)
    {
        Tensor x = weights["token_embd.weight"].index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], model.Width);
        return model.Rotary is null ? x + weights["position_embd.weight"].slice(0, 0, tokens.shape[1], 1) : x;
    }

    // RMSNorm (arXiv 1910.07467, eq. 4) of the operations that TorchSharp has, and its own LayerNorm.
    Tensor Norm(Tensor x, string name)
    {
        if (model.Norm == NormKind.Layer)
        {
            return nn.functional.layer_norm(x, [x.shape[^1]], weights[$"{name}.weight"], weights[$"{name}.bias"], model.NormEpsilon);
        }
        Tensor scale = (x.square().mean([-1], keepdim: true) + model.NormEpsilon).rsqrt();
        return x * scale * weights[$"{name}.weight"];
    }

    Tensor Linear(Tensor x, string name) => nn.functional.linear(x, weights[$"{name}.weight"], weights.GetValueOrDefault($"{name}.bias"));

    Tensor Attend(string name, BlockShape shape, Tensor x, Tensor? turns)
    {
        Tensor q = Heads(Linear(x, $"{name}.attn_q"), shape.Heads, turns), k = Heads(Linear(x, $"{name}.attn_k"), shape.KvHeads, turns);
        Tensor v = Heads(Linear(x, $"{name}.attn_v"), shape.KvHeads, null);
        if (shape.Heads != shape.KvHeads)
        {
            (k, v) = (k.repeat_interleave(shape.Heads / shape.KvHeads, 1), v.repeat_interleave(shape.Heads / shape.KvHeads, 1));
        }
        Tensor y = nn.functional.scaled_dot_product_attention(q, k, v, null, 0, true);
        return Linear(y.transpose(1, 2).reshape(x.shape[0], x.shape[1], shape.Heads * shape.HeadChannels), $"{name}.attn_output");
    }

    /// <summary>Cuts rows into heads and turns them. <c>[document, head, position, channel]</c></summary>
    Tensor Heads(Tensor x, int heads, Tensor? turns)
    {
        if (turns is null)
        {
            return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
        }
        // Two channels are a complex number, as in Meta's own code: neighbours, or those half a head apart.
        bool halves = model.Rotary!.Layout == RotaryLayout.Halves;
        Tensor pairs = halves ? x.view(x.shape[0], x.shape[1], heads, 2, -1).transpose(3, 4).contiguous() : x.view(x.shape[0], x.shape[1], heads, -1, 2);
        Tensor turned = view_as_real(view_as_complex(pairs) * turns);
        return (halves ? turned.transpose(3, 4) : turned).flatten(3).transpose(1, 2);
    }

    /// <summary>e^(i · position · frequency), a frequency of 0 for channels that stay. <c>[position, 1, pair]</c></summary>
    Tensor Turns(Rotary rotary, long positions)
    {
        int pairs = model.Blocks[0].HeadChannels / 2;
        float[] angles = new float[2 * positions * pairs];
        for (int i = 0; i < positions * pairs; i++)
        {
            double frequency = i % pairs < rotary.Frequencies.Length ? rotary.Frequencies[i % pairs] : 0;
            (angles[2 * i], angles[2 * i + 1]) = ((float)Math.Cos(i / pairs * frequency), (float)Math.Sin(i / pairs * frequency));
        }
        return view_as_complex(tensor(angles, [positions, 1, pairs, 2]));
    }

    Tensor FeedForward(string name, Tensor x)
    {
        if (model.FeedForward == FeedForwardKind.GatedSilu)
        {
            return Linear(nn.functional.silu(Linear(x, $"{name}.ffn_gate")) * Linear(x, $"{name}.ffn_up"), $"{name}.ffn_down");
        }
        // GELU by its tanh form (arXiv 1606.08415, §2).
        Tensor u = Linear(x, $"{name}.ffn_up");
        return Linear(u * 0.5 * (((u + (u.pow(3) * 0.044715)) * Math.Sqrt(2 / Math.PI)).tanh() + 1), $"{name}.ffn_down");
    }

    static float[] Values(Parameter parameter)
    {
        float[] values = new float[parameter.Elements];
        if (parameter.Matrix is not { } matrix)
        {
            parameter.Values.CopyTo(values);
            return values;
        }
        for (int row = 0; row < parameter.Rows; row++)
        {
            matrix.GetRow(row, values.AsSpan(row * parameter.Columns, parameter.Columns));
        }
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TorchParameter weight in weights.Values)
        {
            weight.Dispose();
        }
    }
}
