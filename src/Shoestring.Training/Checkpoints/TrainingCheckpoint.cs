using System.Runtime.InteropServices;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// One file that holds a run: weights and optimizer state as they lie in memory, where the run stands, and what it has seen. It is
/// written under another name, flushed and renamed, so that at any moment either the previous one or the new one is there, whole. The
/// format is safetensors; state of 8 bits is U8, histories are F64.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="optimizer">The optimizer, or null for MeZO, which keeps nothing.</param>
/// <param name="identity">What the run is: a checkpoint of another one is refused.</param>
public sealed class TrainingCheckpoint(ITrainedModel model, Optimizer? optimizer, string identity)
{
    const string StateKey = "shoestring.checkpoint", IdentityKey = "shoestring.run";
    const string Losses = "history.loss", HeldOut = "history.heldOut", UpdateCounts = "optimizer.steps";
    const string FirstTexts = "history.firstTexts", BestTexts = "history.bestTexts", LastTexts = "history.lastTexts";
    const int PieceBytes = 1 << 20;

    /// <summary>Writes the run as it stands.</summary>
    /// <exception cref="InputException">The disk is full or fails; what was there is still there.</exception>
    public void Save(string path, TrainerState state, TrainingHistory history)
    {
        var metadata = new Dictionary<string, string>
        {
            [IdentityKey] = identity,
            [StateKey] = JsonSerializer.Serialize(state, CheckpointJson.Default.TrainerState),
        };
        using var writer = SafetensorsWriter.Create(path, metadata, Declare(history));
        writer.Append(Losses, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(history.Losses)));
        writer.Append(HeldOut, MemoryMarshal.AsBytes<double>(history.HeldOut.SelectMany(one => new[] { (double)one.Step, one.Loss }).ToArray()));
        writer.Append(FirstTexts, MemoryMarshal.AsBytes<double>(history.FirstTexts));
        writer.Append(BestTexts, MemoryMarshal.AsBytes<double>(history.BestTexts));
        writer.Append(LastTexts, MemoryMarshal.AsBytes<double>(history.LastTexts));
        writer.Append(UpdateCounts, MemoryMarshal.AsBytes<long>(Counts()));
        foreach (Part part in Parts(i => optimizer?.State(i)))
        {
            part.Pieces((bytes, _) => writer.Append(part.Name, bytes));
        }

        writer.Commit();
    }

    /// <summary>Reads a run back into model and optimizer.</summary>
    /// <returns>Where it stands and what it has seen.</returns>
    /// <exception cref="InputException">The file is of another run, or damaged.</exception>
    public (TrainerState State, TrainingHistory History) Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(StateKey, out string? text) || !file.Metadata.TryGetValue(IdentityKey, out string? other))
        {
            throw new ModelFileException("it is no checkpoint of a training run", path, "name the folder of a run");
        }

        if (other != identity)
        {
            throw new ModelFileException("it is of another run: recipe, data or model have changed since", path, "undo the change, or train into another folder");
        }

        TrainerState state = StateOf(text, path);
        ReadOptimizerCounts(file);
        foreach (Part part in Parts(i => optimizer?.State(i)))
        {
            part.Pieces((bytes, offset) => file.ReadRaw(part.Name, part.Type, part.Bytes, offset, bytes));
        }

        return (state, HistoryOf(file, state));
    }

    static TrainerState StateOf(string text, string path)
    {
        try
        {
            TrainerState state = JsonSerializer.Deserialize(text, CheckpointJson.Default.TrainerState) ?? throw new JsonException("null");
            return state is { Step: >= 0, Tokens: >= 0, Epoch: >= 0, Batch: >= 0 } ? state : throw new JsonException("a count is negative");
        }
        catch (JsonException fault)
        {
            throw new ModelFileException($"its state cannot be read ({fault.Message.TrimEnd('.')})", path, "the file is damaged: train again", fault);
        }
    }

    static TrainingHistory HistoryOf(SafetensorsFile file, TrainerState state)
    {
        var history = new TrainingHistory();
        long rows = file.RawBytes(HeldOut) / (2 * sizeof(double));
        double[] losses = Read<double>(file, Losses, "F64", state.Step), heldOut = Read<double>(file, HeldOut, "F64", 2 * rows);
        history.Losses.AddRange(losses);
        for (int i = 0; i < rows; i++)
        {
            history.HeldOut.Add(new HeldOutLoss((long)heldOut[2 * i], heldOut[(2 * i) + 1]));
        }

        history.FirstTexts = Texts(FirstTexts);
        history.BestTexts = Texts(BestTexts);
        history.LastTexts = Texts(LastTexts);
        return history;

        double[] Texts(string name) => Read<double>(file, name, "F64", file.RawBytes(name) / sizeof(double));
    }

    static T[] Read<T>(SafetensorsFile file, string name, string type, long count) where T : unmanaged
    {
        // The file's own length bounds what is believed: a count that is not there is refused before it is allocated.
        long bytes = count * sizeof(long);
        file.ReadRaw(name, type, bytes, 0, []);
        var values = new T[count];
        file.ReadRaw(name, type, bytes, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    // Parameters without state have −1.
    long[] Counts() => [.. model.Parameters.Select((_, i) => optimizer?.State(i)?.Steps ?? -1)];

    void ReadOptimizerCounts(SafetensorsFile file)
    {
        long[] counts = Read<long>(file, UpdateCounts, "I64", model.Parameters.Count);
        optimizer?.KeepOnly(_ => false);
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] >= 0 && optimizer is not null)
            {
                optimizer.Ensure(i).Steps = counts[i];
            }
        }
    }

    List<SafetensorsDeclaration> Declare(TrainingHistory history) =>
    [
        new(Losses, "F64", history.Losses.Count),
        new(HeldOut, "F64", history.HeldOut.Count, 2),
        new(FirstTexts, "F64", history.FirstTexts.Length),
        new(BestTexts, "F64", history.BestTexts.Length),
        new(LastTexts, "F64", history.LastTexts.Length),
        new(UpdateCounts, "I64", model.Parameters.Count),
        .. Parts(i => optimizer?.State(i)).Select(part => new SafetensorsDeclaration(part.Name, part.Type, part.Count)),
    ];

    IEnumerable<Part> Parts(Func<int, ParameterState?> stateOf)
    {
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            string name = model.Parameters[i].Name;
            yield return Part.Of($"weight.{name}", model.Weights(i));
            if (stateOf(i) is { } state)
            {
                for (int b = 0; b < state.Layout.Count; b++)
                {
                    yield return new Part($"optimizer.{name}.{state.Layout[b].Name}", state.Buffer(b), state.Layout[b]);
                }
            }
        }
    }

    delegate void PieceAction(Span<byte> bytes, long offset);

    /// <summary>Numbers of the run that lie one after the other.</summary>
    sealed class Part(string name, Func<long, int, Span<byte>> bytesAt, long count, StateFormat format)
    {
        public Part(string name, NativeBuffer buffer, StateBuffer layout) : this(name, buffer.Span<byte>, layout.Count, layout.Format)
        {
        }

        public static Part Of(string name, FlatValues values) => new(name, values.Bytes, values.Count, values.Format);

        public string Name => name;

        public long Count => count;

        public long Bytes => count * format.Bytes();

        public string Type => format switch
        {
            StateFormat.Float32 => "F32",
            StateFormat.BFloat16 => "BF16",
            _ => "U8",
        };

        public void Pieces(PieceAction action)
        {
            for (long offset = 0; offset < Bytes; offset += PieceBytes)
            {
                action(bytesAt(offset, (int)Math.Min(PieceBytes, Bytes - offset)), offset);
            }
        }
    }
}
