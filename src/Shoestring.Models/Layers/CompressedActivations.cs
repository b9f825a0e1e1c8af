using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What blocks keep, compressed, all but the last: that one's is used before anything else takes its place.</summary>
sealed class CompressedActivations : IDisposable
{
    // Heads are computed again from queries, keys and values, so that attention's weights stay weights.
    static readonly Activation[] Kept =
    [
        Activation.Residual, Activation.Middle, Activation.Query, Activation.NormedQuery, Activation.Key, Activation.NormedKey, Activation.Value, Activation.Gate, Activation.Up,
    ];

    readonly TrainingLayout layout;
    readonly GroupCode code;
    readonly int firstBlock;
    readonly NativeBuffer store;
    readonly CodeWork work;
    readonly WorkerPool pool;

    public CompressedActivations(TrainingLayout layout, TrainingPlan plan, int blocks, NativeBuffer arena, WorkerPool pool, MemoryAccount account)
    {
        (this.layout, this.pool, firstBlock, code) = (layout, pool, plan.FirstBlock, CodeOf(plan));
        store = new NativeBuffer(Predict(layout, plan, blocks), MemoryKind.Activations, account);
        work = new CodeWork(arena, store, code);
    }

    static GroupCode CodeOf(TrainingPlan plan) => new(plan.Compression == ActivationCompression.EightBits ? 8 : 4);

    /// <summary>Bytes of all blocks.</summary>
    public static long Predict(TrainingLayout layout, TrainingPlan plan, int blocks) => Math.Max(0, plan.Reached(blocks) - 1) * BlockBytes(layout, CodeOf(plan));

    static long BlockBytes(TrainingLayout layout, GroupCode code) => Kept.Sum(activation => code.Bytes((long)layout.Rows * layout.Width(activation)));

    /// <summary>Codes what a block has made in <paramref name="rows"/> rows.</summary>
    public void Compress(int block, int rows, ulong pass) => Run(block, rows, pass, encode: true);

    /// <summary>Brings it back to where it was.</summary>
    public void Restore(int block, int rows) => Run(block, rows, 0, encode: false);

    void Run(int block, int rows, ulong pass, bool encode)
    {
        long at = (block - firstBlock) * BlockBytes(layout, code);
        for (int i = 0; i < Kept.Length; i++)
        {
            int width = layout.Width(Kept[i]);
            if (width > 0)
            {
                long offset = Kept[i] == Activation.Residual ? layout.Stream(block) : layout.Offset(Kept[i], block);
                pool.Run(work, work.Prepare(offset, at, (long)rows * width, pass, (ulong)((block * Kept.Length) + i), encode));
            }
            at += code.Bytes((long)layout.Rows * width);
        }
    }

    public void Dispose() => store.Dispose();

    sealed class CodeWork(NativeBuffer arena, NativeBuffer store, GroupCode code) : ChunkedWork
    {
        const int ChunkGroups = 64;
        long offset, at, elements;
        ulong pass, request;
        bool encode;

        /// <returns>The number of chunks.</returns>
        public int Prepare(long offset, long at, long elements, ulong pass, ulong request, bool encode)
        {
            (this.offset, this.at, this.elements, this.pass, this.request, this.encode) = (offset, at, elements, pass, request, encode);
            return (int)((elements + (ChunkGroups * GroupCode.Elements) - 1) / (ChunkGroups * GroupCode.Elements));
        }

        public override void Run(int chunk, int worker)
        {
            for (int i = 0; i < ChunkGroups; i++)
            {
                long group = ((long)chunk * ChunkGroups) + i, first = group * GroupCode.Elements;
                if (first >= elements)
                {
                    return;
                }
                Span<float> values = arena.Span<float>(offset + (first * sizeof(float)), (int)Math.Min(GroupCode.Elements, elements - first));
                Span<byte> bytes = store.Span<byte>(at + (group * code.GroupBytes), code.GroupBytes);
                if (encode)
                {
                    code.Encode(values, bytes, pass, request, first);
                }
                else
                {
                    code.Decode(bytes, values);
                }
            }
        }
    }
}
