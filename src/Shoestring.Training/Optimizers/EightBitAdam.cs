using System.Runtime.CompilerServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// AdamW with m and v in 8 bits (Dettmers et al., arXiv 2110.02861, §2): blocks of 2,048 numbers, each divided by its largest
/// magnitude, in dynamic codes, m signed and v unsigned. A block is widened, updated and coded again while it is in the cache, so
/// state takes 2 + 8/2048 bytes a weight where AdamW takes 8.
/// </summary>
public sealed record EightBitAdamOptions : OptimizerOptions
{
    /// <summary>Numbers of a block. 2,048 (arXiv 2110.02861, §2.1).</summary>
    public const int Block = 2048;

    /// <inheritdoc cref="AdamWOptions.Beta1"/>
    public double Beta1 { get; init; } = 0.9;

    /// <inheritdoc cref="AdamWOptions.Beta2"/>
    public double Beta2 { get; init; } = 0.95;

    /// <inheritdoc cref="AdamWOptions.Epsilon"/>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decay 0.1, as AdamW's.</summary>
    public EightBitAdamOptions() => WeightDecay = 0.1;

    /// <inheritdoc/>
    public override string Name => "adamw-8bit";

    /// <inheritdoc cref="AdamWOptions.UsualLearningRate"/>
    public override double UsualLearningRate => 6e-4;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) =>
        new EightBitAdam(this, parameters, seed, pool, account);

    sealed class EightBitAdam(EightBitAdamOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : Optimizer(parameters, pool, account)
    {
        readonly BlockWork work = new(pool.Threads, account);

        public override IReadOnlyList<StateBuffer> StateOf(OptimizedParameter parameter)
        {
            long blocks = (parameter.Count + Block - 1) / Block;
            return
            [
                new("first", parameter.Count, StateFormat.Byte), new("first.scale", blocks),
                new("second", parameter.Count, StateFormat.Byte), new("second.scale", blocks),
            ];
        }

        public override long ScratchBytes => BlockWork.ScratchBytes(Pool.Threads);

        protected override void Update(int index, OptimizedParameter parameter, ParameterState state, ParameterUpdate update)
        {
            work.Prepare(new AdamRule(options.Beta1, options.Beta2, options.Epsilon, state.Steps, update.LearningRate, options.DecayOf(parameter), update.GradientFactor),
                update, state, RoundingSeed.Of(seed, index, 0, state.Steps));
            Pool.Run(work, work.Chunks);
        }

        public override void Dispose()
        {
            work.Dispose();
            base.Dispose();
        }
    }

    sealed class BlockWork(int threads, MemoryAccount account) : ChunkedWork, IDisposable
    {
        const int Slots = 4;
        const int BlocksPerChunk = 8;
        readonly NativeBuffer scratch = new(ScratchBytes(threads), MemoryKind.Scratch, account);
        AdamRule rule;
        ParameterUpdate update;
        ParameterState? state;
        RoundingSeed rounding;
        long blocks;

        public static long ScratchBytes(int threads) => (long)threads * Slots * Block * sizeof(float);

        public int Chunks => checked((int)((blocks + BlocksPerChunk - 1) / BlocksPerChunk));

        public void Prepare(AdamRule next, ParameterUpdate nextUpdate, ParameterState nextState, RoundingSeed seed)
        {
            (rule, update, state, rounding) = (next, nextUpdate, nextState, seed);
            blocks = (update.Gradient.Count + Block - 1) / Block;
        }

        public override void Run(int chunk, int worker)
        {
            long end = Math.Min(blocks, ((long)chunk + 1) * BlocksPerChunk);
            for (long block = (long)chunk * BlocksPerChunk; block < end; block++)
            {
                Update(block, worker);
            }
        }

        void Update(long block, int worker)
        {
            long start = block * Block;
            int count = (int)Math.Min(Block, update.Gradient.Count - start);
            Span<float> room = scratch.Span<float>((long)worker * Slots * Block * sizeof(float), Slots * Block);
            Span<float> weights = update.Weights.Open(start, count, room[..Block]), gradient = update.Gradient.Open(start, count, room[Block..(2 * Block)]);
            Span<float> first = room[(2 * Block)..][..count], second = room[(3 * Block)..][..count];
            Span<byte> firstCodes = state!.Buffer(0).Span<byte>(start, count), secondCodes = state.Buffer(2).Span<byte>(start, count);
            ref float firstScale = ref state.Buffer(1).Span<float>(block * sizeof(float), 1)[0], secondScale = ref state.Buffer(3).Span<float>(block * sizeof(float), 1)[0];
            BlockCoder.Decode(DynamicCode.Signed, firstCodes, firstScale, first);
            BlockCoder.Decode(DynamicCode.Unsigned, secondCodes, secondScale, second);
            UpdateLoop.Run(rule, weights, gradient, first, second);
            firstScale = BlockCoder.Encode(DynamicCode.Signed, first, firstCodes);
            secondScale = BlockCoder.Encode(DynamicCode.Unsigned, second, secondCodes);
            update.Weights.Close(start, weights, rounding);
        }

        public void Dispose() => scratch.Dispose();
    }
}

/// <summary>Turns blocks of numbers into codes and back.</summary>
static class BlockCoder
{
    /// <summary>Widens codes; a scale of 0, as in a fresh state, gives zeros whatever the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(DynamicCode code, ReadOnlySpan<byte> codes, float scale, Span<float> values)
    {
        ReadOnlySpan<float> levels = code.Values;
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = levels[codes[i]] * scale;
        }
    }

    /// <summary>Codes numbers and returns their largest magnitude.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Encode(DynamicCode code, ReadOnlySpan<float> values, Span<byte> codes)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (largest == 0)
        {
            codes.Fill(code.Zero);
            return 0;
        }

        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = values[i] == 0 ? code.Zero : code.Nearest(values[i] / largest);
        }

        return largest;
    }
}
