using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Builds blocks from a file's weights: the one place that knows the layers of each architecture.</summary>
public static class BlockLoader
{
    /// <summary>Reads block <paramref name="index"/>.</summary>
    /// <exception cref="ModelFileException">A weight is missing or has another shape than the configuration says.</exception>
    public static Block Load(ModelConfiguration model, TensorReader reader, int index)
    {
        BlockShape shape = model.Blocks[index];
        Norm mixerNorm = ReadNorm(model, reader, TensorNames.Block(index, "attn_norm"), model.Width);
        ITokenMixer mixer = ReadMixer(model, shape, reader, index);
        Norm feedForwardNorm = ReadNorm(model, reader, TensorNames.Block(index, "ffn_norm"), model.Width);
        return new Block(mixerNorm, mixer, feedForwardNorm, ReadFeedForward(model, shape, reader, index))
        {
            MixerShortcut = ReadShortcut(model, shape, reader, TensorNames.Block(index, TensorNames.MixerShortcut)),
            FeedForwardShortcut = ReadShortcut(model, shape, reader, TensorNames.Block(index, TensorNames.FeedForwardShortcut)),
        };
    }

    static PackedMatrix? ReadShortcut(ModelConfiguration model, BlockShape shape, TensorReader reader, string name) =>
        shape.HasShortcuts ? reader.Matrix(name, model.Width, model.Width) : null;

    /// <summary>Reads a norm by its name without ".weight".</summary>
    public static Norm ReadNorm(ModelConfiguration model, TensorReader reader, string name, int channels) =>
        new(model.Norm, reader.Vector(name + ".weight", channels), reader.OptionalVector(name + ".bias", channels), model.NormEpsilon);

    static AttentionMixer ReadMixer(ModelConfiguration model, BlockShape shape, TensorReader reader, int index)
    {
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        Linear query, key, value;
        string fused = TensorNames.Block(index, "attn_qkv");
        if (reader.Has(fused + ".weight"))
        {
            int all = queries + 2 * keys;
            query = Part(0, queries);
            key = Part(queries, keys);
            value = Part(queries + keys, keys);

            Linear Part(int first, int outputs) => new(
                reader.Rows(fused + ".weight", first, outputs, all, model.Width),
                reader.Has(fused + ".bias") ? reader.Vector(fused + ".bias", outputs, first, all) : null);
        }
        else
        {
            query = Layer("attn_q", LinearInput.QueryFactor);
            key = Layer("attn_k", LinearInput.KeyFactor);
            value = Layer("attn_v", LinearInput.ValueFactor);
        }
        return new AttentionMixer(shape, query, key, value, Layer("attn_output", LinearInput.OutputFactor), HeadNorm("attn_q_norm"), HeadNorm("attn_k_norm"), model.Rotary);

        Linear Layer(string name, LinearInput factor) => ReadLinear(model, shape, reader, index, name, factor);

        Norm? HeadNorm(string name) => reader.Has(TensorNames.Block(index, name + ".weight"))
            ? ReadNorm(model, reader, TensorNames.Block(index, name), shape.HeadChannels) : null;
    }

    static IFeedForward ReadFeedForward(ModelConfiguration model, BlockShape shape, TensorReader reader, int index)
    {
        Linear up = Layer("ffn_up", LinearInput.UpFactor), down = Layer("ffn_down", LinearInput.DownFactor);
        return model.FeedForward == FeedForwardKind.Gelu ? new GeluFeedForward(up, down) : new GatedFeedForward(Layer("ffn_gate", LinearInput.GateFactor), up, down);

        Linear Layer(string name, LinearInput factor) => ReadLinear(model, shape, reader, index, name, factor);
    }

    static Linear ReadLinear(ModelConfiguration model, BlockShape shape, TensorReader reader, int index, string name, LinearInput factor)
    {
        LayerShape layer = LayerShape.Of(model, shape).Single(one => one.Name == name);
        string full = TensorNames.Block(index, name);
        Tensor? bias = reader.OptionalVector(full + ".bias", layer.Outputs);
        return layer.Rank == 0
            ? new Linear(reader.Matrix(full + ".weight", layer.Outputs, layer.Inputs), bias)
            : new Linear(reader.Matrix(TensorNames.FactorOut(full), layer.Outputs, layer.Rank), bias)
            {
                Factor = new LinearFactor(reader.Matrix(TensorNames.FactorIn(full), layer.Rank, layer.Inputs), factor),
            };
    }
}
