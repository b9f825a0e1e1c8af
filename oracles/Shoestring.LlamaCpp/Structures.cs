using System.Runtime.InteropServices;

namespace Shoestring.LlamaCpp;

// The C structures of llama.h at v0.5.0, field for field. C's bool is one byte; unused pointers stay as the library's
// own default functions filled them in.

[StructLayout(LayoutKind.Sequential)]
struct ModelParameters
{
    public nint Devices, Overrides;
    public int GpuLayers, SplitMode, LoadMode, LazyMode, MainGpu;
    public nint TensorSplit, Progress, ProgressData, MetadataOverrides;
    public byte VocabularyOnly, CheckTensors, UseExtraBuffers, NoHost, NoAllocation, LoadMultiToken;
}

[StructLayout(LayoutKind.Sequential)]
struct ContextParameters
{
    public uint Context, Batch, MicroBatch, Sequences, RecurrentSnapshots, Outputs, OutputsPerSequence;
    public int Threads, BatchThreads, ContextType, RopeScaling, Pooling, Attention, FlashAttention;
    public float RopeBase, RopeScale, YarnExtension, YarnAttention, YarnFast, YarnSlow;
    public uint YarnOriginalContext;
    public float Defragment;
    public nint Evaluate, EvaluateData;
    public int KeyType, ValueType;
    public nint Abort, AbortData;
    public byte Embeddings, OffloadCache, NoPerformance, OffloadOperations, FullSlidingWindow, UnifiedCache;
    public nint Samplers;
    public nuint SamplerCount;
    public nint OtherContext;
}

[StructLayout(LayoutKind.Sequential)]
unsafe struct Batch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public sbyte* Wanted;
}

[StructLayout(LayoutKind.Sequential)]
struct QuantizeParameters
{
    public int Threads, FileType, OutputType, EmbeddingType;
    public byte AllowRequantize, QuantizeOutput, OnlyCopy, Pure, KeepSplit, DryRun;
    public nint ImportanceMatrix, Metadata, TensorTypes, Prune;
    public nuint BufferLimit;
}
