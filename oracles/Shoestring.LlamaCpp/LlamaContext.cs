namespace Shoestring.LlamaCpp;

/// <summary>A cache of one or more sequences and the buffers to run a model in.</summary>
public sealed unsafe class LlamaContext : IDisposable
{
    readonly LlamaThreads? threads;
    readonly nint memory;
    nint handle;
    Batch batch;

    internal LlamaContext(LlamaModel model, LlamaOptions options)
    {
        (Model, Options) = (model, options);
        handle = Native.llama_init_from_model(model.Handle, Parameters(options));
        if (handle == 0)
            throw LlamaRuntime.Failure("cannot make a context");
        memory = Native.llama_get_memory(handle);
        batch = Native.llama_batch_init(options.Batch, 0, 1);
        if (options.Adapter is { } adapter)
            Adapt(adapter, options.AdapterScale);
        if (options.KeepThreads)
        {
            threads = new(options.Threads);
            threads.Attach(handle);
        }
    }

    /// <summary>The model that runs in it.</summary>
    public LlamaModel Model { get; }

    /// <summary>What it was made with.</summary>
    public LlamaOptions Options { get; }

    static ContextParameters Parameters(LlamaOptions options)
    {
        var parameters = Native.llama_context_default_params();
        parameters.Context = (uint)(options.Context * options.Sequences);
        parameters.Batch = (uint)options.Batch;
        parameters.MicroBatch = (uint)Math.Min(options.Batch, options.MicroBatch);
        parameters.Sequences = (uint)options.Sequences;
        parameters.Threads = parameters.BatchThreads = options.Threads;
        parameters.FlashAttention = (int)options.Flash;
        parameters.KeyType = parameters.ValueType = options.CacheType;
        return parameters;
    }

    void Adapt(string path, float scale)
    {
        var adapter = Native.llama_adapter_lora_init(Model.Handle, path);
        if (adapter == 0 || Native.llama_set_adapters_lora(handle, &adapter, 1, &scale) != 0)
            throw LlamaRuntime.Failure($"cannot apply the adapter {path}");
    }

    /// <summary>Forgets every sequence.</summary>
    public void Clear() => Native.llama_memory_clear(memory, 1);

    /// <summary>Forgets the positions of a sequence from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    public void Forget(int sequence, int first, int end)
    {
        if (Native.llama_memory_seq_rm(memory, sequence, first, end) == 0)
            throw LlamaRuntime.Failure($"cannot forget positions {first} to {end} of sequence {sequence}");
    }

    /// <summary>Runs tokens, each at its position of its sequence; returns when all are computed.</summary>
    /// <param name="tokens">Ids <c>[row]</c>.</param>
    /// <param name="positions">Positions within the sequence <c>[row]</c>, from 0.</param>
    /// <param name="sequences">Sequence numbers <c>[row]</c>, from 0.</param>
    /// <param name="wanted">Whether the row's logits are kept <c>[row]</c>.</param>
    public void Decode(ReadOnlySpan<int> tokens, ReadOnlySpan<int> positions, ReadOnlySpan<int> sequences, ReadOnlySpan<bool> wanted)
    {
        if (tokens.Length > Options.Batch || positions.Length != tokens.Length || sequences.Length != tokens.Length || wanted.Length != tokens.Length)
            throw new ArgumentException($"{tokens.Length} tokens, {positions.Length} positions, {sequences.Length} sequences, {wanted.Length} flags; at most {Options.Batch} of each, in equal numbers", nameof(tokens));
        for (var row = 0; row < tokens.Length; row++)
        {
            batch.Tokens[row] = tokens[row];
            batch.Positions[row] = positions[row];
            batch.SequenceCounts[row] = 1;
            batch.Sequences[row][0] = sequences[row];
            batch.Wanted[row] = (sbyte)(wanted[row] ? 1 : 0);
        }
        batch.Count = tokens.Length;
        var code = Native.llama_decode(handle, batch);
        if (code != 0)
            throw LlamaRuntime.Failure($"decoding {tokens.Length} tokens gave code {code}");
        Native.llama_synchronize(handle);
    }

    /// <summary>Runs consecutive tokens of sequence 0.</summary>
    /// <param name="tokens">Ids <c>[row]</c>.</param>
    /// <param name="start">Position of the first.</param>
    /// <param name="every">Whether every row's logits are kept, or the last row's only.</param>
    public void Feed(ReadOnlySpan<int> tokens, int start = 0, bool every = false)
    {
        var positions = new int[tokens.Length];
        var wanted = new bool[tokens.Length];
        for (var row = 0; row < tokens.Length; row++)
        {
            positions[row] = start + row;
            wanted[row] = every || row == tokens.Length - 1;
        }
        Decode(tokens, positions, new int[tokens.Length], wanted);
    }

    /// <summary>Logits <c>[vocabulary]</c> of a row of the last <see cref="Decode"/>; valid until the next.</summary>
    /// <exception cref="LlamaException">That row's logits were not wanted.</exception>
    public ReadOnlySpan<float> Logits(int row)
    {
        var first = Native.llama_get_logits_ith(handle, row);
        return first != null ? new(first, Model.VocabularySize) : throw LlamaRuntime.Failure($"row {row} has no logits");
    }

    /// <summary>Lets worker threads sleep, so that they disturb nothing else that is being timed.</summary>
    public void Pause() => threads?.Pause();

    /// <summary>Wakes the worker threads.</summary>
    public void Resume() => threads?.Resume();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (handle == 0)
            return;
        Native.llama_batch_free(batch);
        Native.llama_free(handle);
        threads?.Dispose();
        handle = 0;
    }
}
