using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// The adapters of a loaded model. They are attached and detached without touching its weights: a model from which all are detached
/// computes what it computed before, bit by bit. Sequences that have begun keep the keys and values of the adapters that they began with.
/// One thread at a time may call it, and none while a step runs.
/// </summary>
public sealed class AdapterSet
{
    readonly TransformerModel transformer;
    readonly MemoryAccount account;
    readonly List<AttachedAdapter> attached = [];

    internal AdapterSet(TransformerModel transformer, MemoryAccount account) => (this.transformer, this.account) = (transformer, account);

    /// <summary>Those that are attached, in their order.</summary>
    public IReadOnlyList<AttachedAdapter> Attached => attached;

    /// <summary>FLOPs that they add to a row: two products for each low-rank difference and each serial adapter.</summary>
    public long FlopsPerRow => attached.Sum(one => one.Adapter.Parts.Sum(part => 2 * part.ProductWeights));

    /// <summary>Attaches an adapter beside those that are; their differences from the model add up, factors of channels multiply.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="strength">How much of its difference counts: 0 nothing, 1 what was learned. llama.cpp calls it scale.</param>
    /// <returns>What <see cref="Detach"/> takes.</returns>
    /// <exception cref="InputException">It was made for another model, or the strength is no number.</exception>
    public AttachedAdapter Attach(Adapter adapter, float strength = 1)
    {
        if (!float.IsFinite(strength))
        {
            throw new InputException($"a strength of {strength}", "adapter", "give a finite number, 1 for what was learned");
        }
        adapter.Checked(transformer.Configuration, "adapter");
        if (adapter.VirtualRows > 0 && strength != 1)
        {
            throw new InputException($"a strength of {strength} of what stands before a text", "adapter", "leave the strength at 1, or the adapter out");
        }
        AttachedAdapter one = new(adapter, strength, new DeltaMemory(adapter.Parts.Max(part => part.Between), account));
        Dictionary<string, Linear> layers = transformer.Linears.ToDictionary(layer => layer.Name, layer => layer.Layer, StringComparer.Ordinal);
        try
        {
            foreach (AdapterPart part in adapter.Parts.Where(part => part.VirtualRows == 0))
            {
                Attach(one, AdapterOrder.ToModel(part, transformer.Configuration), layers[part.Layer]);
            }
        }
        catch
        {
            Take(one);
            throw;
        }
        attached.Add(one);
        PlaceVirtual();
        return one;
    }

    void Attach(AttachedAdapter one, AdapterPart part, Linear layer)
    {
        layer.Delta ??= new StackedDelta(layer, account);
        StackedDelta stack = layer.Delta as StackedDelta ?? throw new InvalidOperationException($"{part.Layer} is being trained: adapters are attached to models that only run");
        stack.Attach(AttachedPart.Of(one, part, one.Strength, layer, one.Memory, account));
    }

    /// <summary>Takes an adapter out.</summary>
    /// <exception cref="ArgumentException">It is not attached.</exception>
    public void Detach(AttachedAdapter adapter)
    {
        if (!attached.Remove(adapter))
        {
            throw new ArgumentException("the adapter is not attached to this model", nameof(adapter));
        }
        Take(adapter);
        PlaceVirtual();
    }

    /// <summary>Rows that they put before every text.</summary>
    public int VirtualRows => transformer.VirtualRows;

    // What stands before texts stands in the order in which it was attached.
    void PlaceVirtual()
    {
        ITokenMixer[] mixers = [.. Enumerable.Range(0, transformer.Configuration.Blocks.Count).Select(transformer.Mixer)];
        foreach (LearnedRows? rows in mixers.SelectMany(mixer => new[] { mixer.PrefixKeys, mixer.PrefixValues }).Append(transformer.Prompt))
        {
            rows?.Dispose();
        }
        Array.ForEach(mixers, mixer => (mixer.PrefixKeys, mixer.PrefixValues) = (null, null));
        (transformer.Prompt, transformer.VirtualRows) = (null, 0);
        foreach (Adapter adapter in attached.Select(one => one.Adapter))
        {
            foreach (AdapterPart part in adapter.Parts.Select(part => AdapterOrder.ToModel(part, transformer.Configuration)))
            {
                Place(part, transformer.VirtualRows, mixers);
            }
            transformer.VirtualRows += adapter.VirtualRows;
        }
    }

    void Place(AdapterPart part, int first, ITokenMixer[] mixers)
    {
        if (part is PromptPart prompt)
        {
            (transformer.Prompt ??= new LearnedRows()).Add(first, prompt.Count, Vector(prompt.Rows));
        }
        else if (part is PrefixPart prefix)
        {
            (mixers[prefix.Block].PrefixKeys ??= new LearnedRows()).Add(first, prefix.Count, Vector(prefix.Keys));
            (mixers[prefix.Block].PrefixValues ??= new LearnedRows()).Add(first, prefix.Count, Vector(prefix.BlockValues));
        }
    }

    Tensor Vector(float[] values)
    {
        Tensor vector = new(new NativeBuffer((long)values.Length * sizeof(float), MemoryKind.Weights, account), 0, 1, values.Length);
        values.CopyTo(vector.Row(0));
        return vector;
    }

    void Take(AttachedAdapter adapter)
    {
        foreach ((_, Linear layer) in transformer.Linears)
        {
            if (layer.Delta is StackedDelta stack)
            {
                stack.Detach(adapter);
                if (stack.IsEmpty)
                {
                    stack.Dispose();
                    layer.Delta = null;
                }
            }
        }
        adapter.Memory.Dispose();
    }

    internal void Dispose()
    {
        foreach (AttachedAdapter one in attached)
        {
            one.Memory.Dispose();
        }
    }
}

/// <summary>An adapter that is attached to a model.</summary>
public sealed class AttachedAdapter
{
    internal AttachedAdapter(Adapter adapter, float strength, DeltaMemory memory) => (Adapter, Strength, Memory) = (adapter, strength, memory);

    /// <summary>What it is.</summary>
    public Adapter Adapter { get; }

    /// <summary>How much of it counts.</summary>
    public float Strength { get; }

    internal DeltaMemory Memory { get; }
}
