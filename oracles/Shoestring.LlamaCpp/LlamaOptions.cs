namespace Shoestring.LlamaCpp;

/// <summary>How llama.cpp computes attention.</summary>
public enum FlashAttention
{
    /// <summary>llama.cpp decides.</summary>
    Automatic = -1,

    /// <summary>Scores are kept whole.</summary>
    Off = 0,

    /// <summary>By tiles.</summary>
    On = 1,
}

/// <summary>Sizes and settings of a <see cref="LlamaContext"/>.</summary>
public sealed record LlamaOptions
{
    /// <summary>Threads for every product.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Positions of one sequence. llama.cpp is given this times <see cref="Sequences"/>.</summary>
    public int Context { get; init; } = 2048;

    /// <summary>Independent sequences.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Most tokens in one call of <see cref="LlamaContext.Decode"/>.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>Most tokens computed together; llama.cpp's default is 512.</summary>
    public int MicroBatch { get; init; } = 512;

    /// <summary>How attention is computed.</summary>
    public FlashAttention Flash { get; init; } = FlashAttention.Automatic;

    /// <summary>Type number of keys and values in the cache: 1 is F16 (the default), 0 is F32.</summary>
    public int CacheType { get; init; } = 1;

    /// <summary>Whether worker threads outlive a call. Without it llama.cpp starts and joins them for each call.</summary>
    public bool KeepThreads { get; init; }

    /// <summary>A LoRA adapter's GGUF file.</summary>
    public string? Adapter { get; init; }

    /// <summary>Factor on the adapter's contribution.</summary>
    public float AdapterScale { get; init; } = 1;
}
