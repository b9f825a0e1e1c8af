using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Pieces of one parameter, each owned by one thread.</summary>
sealed class UpdateWork<TRule>(int threads, MemoryAccount account) : ChunkedWork, IDisposable where TRule : struct, IUpdateRule
{
    const int ChunkNumbers = 1 << 14;
    const int Slots = 4;
    readonly RoundingSeed[] seeds = new RoundingSeed[Slots];
    readonly FlatValues[] values = new FlatValues[Slots];
    NativeBuffer? scratch;
    TRule rule;

    /// <summary>Bytes where numbers of 16 bits are widened.</summary>
    public static long ScratchBytes(int threads) => (long)threads * Slots * ChunkNumbers * sizeof(float);

    public int Chunks { get; private set; }

    public void Prepare(TRule next, ParameterUpdate update, ParameterState state, ulong seed, int parameter)
    {
        rule = next;
        (values[0], values[1], values[2], values[3]) = (update.Weights, update.Gradient, state.Values(0), state.Values(1));
        bool narrow = false;
        for (int slot = 0; slot < Slots; slot++)
        {
            seeds[slot] = RoundingSeed.Of(seed, parameter, slot, state.Steps);
            narrow |= values[slot].Format != StateFormat.Float32;
        }

        if (narrow)
        {
            scratch ??= new NativeBuffer(ScratchBytes(threads), MemoryKind.Scratch, account);
        }

        Chunks = checked((int)((update.Gradient.Count + ChunkNumbers - 1) / ChunkNumbers));
    }

    public override void Run(int chunk, int worker)
    {
        long start = (long)chunk * ChunkNumbers;
        int count = (int)Math.Min(ChunkNumbers, values[1].Count - start);
        Span<float> weights = Open(0, start, count, worker), gradient = Open(1, start, count, worker);
        Span<float> first = TRule.States > 0 ? Open(2, start, count, worker) : default;
        Span<float> second = TRule.States > 1 ? Open(3, start, count, worker) : default;
        UpdateLoop.Run(rule, weights, gradient, first, second);
        values[0].Close(start, weights, seeds[0]);
        if (TRule.States > 0)
        {
            values[2].Close(start, first, seeds[2]);
        }

        if (TRule.States > 1)
        {
            values[3].Close(start, second, seeds[3]);
        }
    }

    Span<float> Open(int slot, long start, int count, int worker) =>
        values[slot].Open(start, count, scratch is null ? default : scratch.Span<float>(((long)worker * Slots + slot) * ChunkNumbers * sizeof(float), ChunkNumbers));

    public void Dispose() => scratch?.Dispose();
}
