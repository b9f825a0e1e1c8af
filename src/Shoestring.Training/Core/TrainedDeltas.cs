using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Puts adapters that learn on a model's layers, and reads what they have learned.</summary>
static class TrainedDeltas
{
    /// <summary>Puts on what the options ask for, so that nothing changes yet. Null where they ask for nothing.</summary>
    /// <exception cref="InputException">No layer is adapted, or the options contradict each other.</exception>
    public static DeltaMemory? Attach(TransformerModel layers, TrainableOptions options, Operations operations, MemoryAccount account)
    {
        if (new object?[] { options.LowRank, options.Channels, options.Serial, options.Virtual }.Count(one => one is not null) > 1)
        {
            throw new InputException("one adapter learns at a time", "adapter", "keep one of lora, ia3, serial-adapter, prompt-tuning and prefix-tuning");
        }
        if (options.Learns is not null && options is { Channels: not null } or { Serial: not null } or { Virtual: not null } or { LowRank.Magnitude: not MagnitudeKind.None })
        {
            throw new InputException("the model's own weights stay as they are beside an adapter that multiplies", "adapter", "leave out what else learns");
        }
        if (options.Virtual is { } rows)
        {
            Virtual(layers, rows, account);
        }
        return options.LowRank is { } lowRank ? LowRank(layers, lowRank, operations, account)
            : options.Channels is { } channels ? Channels(layers, channels, account)
            : options.Serial is { } serial ? Serial(layers, serial, account) : null;
    }

    static void Virtual(TransformerModel layers, VirtualOptions options, MemoryAccount account)
    {
        if (options.Rows < 1 || (layers.Configuration.Rotary is null && options.Rows >= layers.Configuration.ContextLength))
        {
            throw new InputException($"{options.Rows} rows before each text", "rows", "give at least 1, and fewer than the positions that the model has learned");
        }
        layers.VirtualRows = options.Rows;
        if (!options.IsPrefix)
        {
            layers.Prompt = Learned(layers.Configuration.Width);
            return;
        }
        for (int block = 0; block < layers.Configuration.Blocks.Count; block++)
        {
            BlockShape shape = layers.Configuration.Blocks[block];
            ITokenMixer mixer = layers.Mixer(block);
            (mixer.PrefixKeys, mixer.PrefixValues) = (Learned(shape.KvHeads * shape.HeadChannels), Learned(shape.KvHeads * shape.HeadChannels));
        }

        LearnedRows Learned(int channels)
        {
            LearnedRows rows = new();
            rows.Add(0, options.Rows, new Tensor(new NativeBuffer((long)options.Rows * channels * sizeof(float), MemoryKind.Weights, account), 0, 1, options.Rows * channels));
            return rows;
        }
    }

    /// <summary>All learned rows of a model.</summary>
    public static IEnumerable<LearnedRows> Rows(TransformerModel layers) => Enumerable.Range(0, layers.Configuration.Blocks.Count).Select(layers.Mixer)
        .SelectMany(mixer => new[] { mixer.PrefixKeys, mixer.PrefixValues }).Append(layers.Prompt).OfType<LearnedRows>();

    static DeltaMemory Serial(TransformerModel layers, SerialOptions options, MemoryAccount account)
    {
        if (options.Inner < 1 || options.Layers.FirstOrDefault(layer => layer is not ("attn_output" or "ffn_down")) is not null)
        {
            throw new InputException($"{options.Inner} inner channels behind {string.Join(", ", options.Layers)}", "serial-adapter", "give at least 1, behind attn_output, ffn_down or both");
        }
        (string Name, Linear Layer)[] chosen = Chosen(layers, options.Layers, "serial-adapter");
        DeltaMemory memory = new(options.Inner, account, chosen.Max(layer => layer.Layer.Outputs));
        ulong number = 0;
        foreach ((string name, Linear layer) in chosen)
        {
            float[] down = new float[options.Inner * layer.Outputs];
            CounterNormal.Fill(down, options.Seed, number++, 0);
            for (int i = 0; i < down.Length; i++)
            {
                down[i] *= (float)SerialOptions.Deviation;
            }
            layer.Delta = new SerialPart(name, down, new float[options.Inner], new float[down.Length], new float[layer.Outputs]).Delta(1, memory, account);
        }
        return memory;
    }

    static (string Name, Linear Layer)[] Chosen(TransformerModel layers, IReadOnlyList<string> names, string method)
    {
        (string, Linear)[] chosen = [.. layers.Linears.Where(layer => names.Contains(layer.Name.Split('.')[^1]))];
        return chosen.Length > 0 ? chosen
            : throw new InputException($"none of the layers {string.Join(", ", names)} is in the model", method, "name layers like attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down");
    }

    static DeltaMemory LowRank(TransformerModel layers, LowRankOptions options, Operations operations, MemoryAccount account)
    {
        if (options.Rank < 1 || !double.IsFinite(options.Alpha))
        {
            throw new InputException($"a rank of {options.Rank} and an alpha of {options.Alpha}", "lora", "give a rank of at least 1 and a finite alpha");
        }
        (string Name, Linear Layer)[] chosen = Chosen(layers, options.Layers, "lora");
        DeltaMemory memory = new(options.Rank, account, options.Magnitude == MagnitudeKind.None ? 0 : chosen.Max(layer => layer.Layer.Outputs));
        ulong number = 0;
        foreach ((_, Linear layer) in chosen)
        {
            LowRankDelta low = new(Drawn(options, layer.Weight.Columns, number++, account), PackedMatrix.Zeros(options.Rank, layer.Outputs, MemoryKind.Weights, account), options.Scale, memory);
            layer.Delta = options.Magnitude == MagnitudeKind.None ? low : new DecomposedDelta(low, layer, options.Magnitude == MagnitudeKind.Full, operations, memory, account);
        }
        return memory;
    }

    // Uniform within ±1/√inputs: the initialization of the paper's own code (loralib), Kaiming's for a slope of √5.
    static PackedMatrix Drawn(LowRankOptions options, int inputs, ulong number, MemoryAccount account)
    {
        float[] values = new float[options.Rank * inputs];
        double bound = 1 / Math.Sqrt(inputs);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(bound * ((2 * CounterRandom.Uniform(options.Seed, number, (ulong)i)) - 1));
        }
        return PackedMatrix.FromBytes(TensorFormat.F32, options.Rank, inputs, MemoryMarshal.AsBytes(values.AsSpan()), account);
    }

    static DeltaMemory Channels(TransformerModel layers, ChannelOptions options, MemoryAccount account)
    {
        (string Name, Linear Layer)[] chosen = Chosen(layers, options.Layers, "ia3");
        DeltaMemory memory = new(0, account, chosen.Max(layer => Scaled(layer.Name, layer.Layer)));
        foreach ((string name, Linear layer) in chosen)
        {
            int channels = Scaled(name, layer);
            Tensor factors = new(new NativeBuffer((long)channels * sizeof(float), MemoryKind.Weights, account), 0, 1, channels);
            factors.Row(0).Fill(1);
            layer.Delta = new ChannelDelta(factors, OfInputs(name), memory);
        }
        return memory;
    }

    static bool OfInputs(string name) => name.EndsWith(".ffn_down", StringComparison.Ordinal);

    static int Scaled(string name, Linear layer) => OfInputs(name) ? layer.Weight.Columns : layer.Outputs;

    /// <summary>The names of what adapters hold.</summary>
    public static HashSet<string> Names(TransformerModel layers) =>
        [.. layers.Linears.SelectMany(layer => layer.Layer.Delta?.Weights(layer.Name) ?? []).Select(weight => weight.Name), .. layers.Weights.Select(weight => weight.Name).Where(IsVirtual)];

    static bool IsVirtual(string name) => name == "prompt_embd.weight" || name.Split('.') is ["blk", _, "prefix_k" or "prefix_v"];

    /// <summary>What was learned, or null where the model has no adapter.</summary>
    public static Adapter? Read(TransformerModel layers, LowRankOptions? options)
    {
        if (layers.VirtualRows > 0)
        {
            return new Adapter(layers.Prompt is { } prompt ? [new PromptPart(layers.VirtualRows, Values(prompt))]
                : [.. layers.Configuration.Blocks.Select((_, block) => new PrefixPart(block, layers.VirtualRows, Values(layers.Mixer(block).PrefixKeys!), Values(layers.Mixer(block).PrefixValues!)))]);
        }
        AdapterPart[] parts = [.. layers.Linears.Where(layer => layer.Layer.Delta is not null).Select(layer => Part(layer.Name, layer.Layer.Delta!, options))];
        return parts.Length > 0 ? new Adapter(parts) : null;
    }

    static float[] Values(LearnedRows rows) => rows.Flat.Single().Row(0).ToArray();

    static AdapterPart Part(string name, ILinearDelta delta, LowRankOptions? options) => delta switch
    {
        LowRankDelta low => LowRank(name, low, options!),
        DecomposedDelta decomposed => LowRank(name, decomposed.LowRank, options!) with { Magnitude = decomposed.Magnitude.Row(0).ToArray() },
        SerialDelta serial => Serial(name, serial),
        ChannelDelta channels => new ChannelPart(name, channels.Factors.Row(0).ToArray(), channels.OfInputs),
        _ => throw new InvalidOperationException($"{delta.GetType().Name} has no file"),
    };

    static LowRankPart LowRank(string name, LowRankDelta low, LowRankOptions options) =>
        new(name, low.Rank, Plain(low.A), Turned(low.B)) { Alpha = options.Alpha, IsRankStabilized = options.IsRankStabilized };

    static SerialPart Serial(string name, SerialDelta serial) =>
        new(name, Plain(serial.Down), serial.DownBias.Row(0).ToArray(), Turned(serial.Up), serial.UpBias.Row(0).ToArray());

    static float[] Plain(PackedMatrix matrix)
    {
        float[] plain = new float[matrix.Rows * matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.GetRow(row, plain.AsSpan(row * matrix.Columns, matrix.Columns));
        }
        return plain;
    }

    static float[] Turned(PackedMatrix matrix)
    {
        float[] turned = new float[matrix.Rows * matrix.Columns], row = new float[matrix.Columns];
        for (int r = 0; r < matrix.Rows; r++)
        {
            matrix.GetRow(r, row);
            for (int column = 0; column < row.Length; column++)
            {
                turned[(column * matrix.Rows) + r] = row[column];
            }
        }
        return turned;
    }
}
