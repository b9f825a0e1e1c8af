using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Products with one activation row: what decoding a token is made of. Reading the weights is the work, so they are decoded
/// in registers and used once, instead of going through a tile; the arithmetic, and so every bit, is that of
/// <see cref="IIntegerKernel"/> and <see cref="IFloatKernel"/>.
/// </summary>
internal static unsafe partial class SingleRowProducts<T> where T : struct, IRowLanes<T>
{
    /// <summary>Walks over groups, two at a time where that hides latency: the frame of every routine below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Each<TProduct>(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) where TProduct : struct, ISingleRow
    {
        PackedMatrix weights = product.Weights;
        float* sums = (float*)scratch;
        byte* activations = TProduct.Float ? work.Floats : work.Records;
        long stride = TProduct.Float ? PackedActivations.FloatTileBytes : PackedActivations.RecordBytes;
        int step;
        for (int g = firstGroup; g < firstGroup + groups; g += step)
        {
            step = TProduct.Groups == 2 && g + 1 < firstGroup + groups ? 2 : 1;
            Planes planes = new(weights.Group(g), weights.Layout), next = new(weights.Group(g + step - 1), weights.Layout);
            long bytes = step * weights.Layout.GroupBytes;
            byte* ahead = TProduct.Groups == 2 ? work.Ahead(weights.Group(g), bytes, bytes) : work.Ahead(weights.Group(g), bytes);
            TProduct.Rows(in planes, in next, weights.Layout.Blocks, activations, stride, (byte*)(sums + 32), ahead, sums);
            int first = g * PackedLayout.GroupRows, width = Math.Min(step * PackedLayout.GroupRows, product.Output.Columns - first);
            new ReadOnlySpan<float>(sums, width).CopyTo(new Span<float>(product.Output.Pointer + first, width));
        }
    }

    public static void Q4_0(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<Q4_0Row>(work, in product, firstGroup, groups, scratch);

    public static void Q8_0(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<Q8_0Row>(work, in product, firstGroup, groups, scratch);

    public static void Q4_K(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<Q4_KRow>(work, in product, firstGroup, groups, scratch);

    public static void Q6_K(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<Q6_KRow>(work, in product, firstGroup, groups, scratch);

    public static void F16(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<HalfRow<F16Halves>>(work, in product, firstGroup, groups, scratch);

    /// <summary>The same by emitted code, which widens halves in one instruction; .NET 10 has no intrinsic for it.</summary>
    public static void EmittedF16(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<EmittedHalfRow>(work, in product, firstGroup, groups, scratch);

    public static void BF16(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<HalfRow<BF16Halves>>(work, in product, firstGroup, groups, scratch);

    interface ISingleRow
    {
        /// <summary>Whether the activations are floats.</summary>
        static abstract bool Float { get; }

        /// <summary>Groups that are computed together, 1 or 2.</summary>
        static abstract int Groups { get; }

        /// <summary>
        /// The sums of a group's 16 rows and, where two groups go together, of the next one's (which may be the same group
        /// again, when it is the last). <paramref name="scratch"/>: 2 kB. <paramref name="ahead"/>: as many bytes as the groups have, to
        /// be asked for in step with what is read; of two groups, the two that follow.
        /// </summary>
        static abstract void Rows(in Planes planes, in Planes next, int blocks, byte* activations, long stride, byte* scratch, byte* ahead, float* sums);
    }

    /// <summary>Asks for <paramref name="lines"/> cache lines; returns the address behind <paramref name="bytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static byte* Ask(byte* ahead, int lines, int bytes)
    {
        for (int i = 0; i < lines; i++)
        {
            Sse.Prefetch1(ahead + i * 64);
        }
        return ahead + bytes;
    }

    /// <summary>sum + scale · d · (dot − offset · Σq).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Scaled(T dot, T scale, float d, float total, float offset, T sum)
    {
        T f = T.MultiplySubtract(T.Float(total), T.Float(offset), T.ToFloat(dot));
        return T.MultiplyAdd(f, T.Multiply(scale, T.Float(d)), sum);
    }

    struct Q4_0Row : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* w = planes.P0, scales = planes.P1;
            T sum = T.Float(0);
            for (int b = 0; b < blocks; b++, w += 256, scales += 32)
            {
                byte* record = records + (b >> 3) * stride;
                byte* x = record + (b & 7) * 32;
                Sse.Prefetch1(ahead);
                Sse.Prefetch1(ahead + 64);
                Sse.Prefetch1(ahead + 128);
                Sse.Prefetch1(ahead + 192);
                Sse.Prefetch1(ahead + 256);
                ahead += 288;
                T v = T.Load(w), nibble = T.Bytes(15);
                T low = T.Pairs(T.And(v, nibble), T.Spread(x)), high = T.Pairs(T.And(T.ShiftRight(v, 4), nibble), T.Spread(x + 16));
                v = T.Load(w + 64);
                low = T.Add16(low, T.Pairs(T.And(v, nibble), T.Spread(x + 4)));
                high = T.Add16(high, T.Pairs(T.And(T.ShiftRight(v, 4), nibble), T.Spread(x + 20)));
                v = T.Load(w + 128);
                low = T.Add16(low, T.Pairs(T.And(v, nibble), T.Spread(x + 8)));
                high = T.Add16(high, T.Pairs(T.And(T.ShiftRight(v, 4), nibble), T.Spread(x + 24)));
                v = T.Load(w + 192);
                low = T.Add16(low, T.Pairs(T.And(v, nibble), T.Spread(x + 12)));
                high = T.Add16(high, T.Pairs(T.And(T.ShiftRight(v, 4), nibble), T.Spread(x + 28)));
                float d = *(float*)(record + PackedActivations.Scale + (b & 7) * 4), total = *(float*)(record + PackedActivations.Sum32 + (b & 7) * 4);
                sum = Scaled(T.Widen(T.Add16(low, high)), T.LoadHalves(scales), d, total, 8, sum);
            }
            T.StoreFloats(sum, sums);
        }
    }

    struct Q8_0Row : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* w = planes.P0, scales = planes.P1;
            T sum = T.Float(0);
            for (int b = 0; b < blocks; b++, w += 512, scales += 32)
            {
                byte* record = records + (b >> 3) * stride;
                ahead = Ask(ahead, 9, 544);
                float d = *(float*)(record + PackedActivations.Scale + (b & 7) * 4), total = *(float*)(record + PackedActivations.Sum32 + (b & 7) * 4);
                sum = Scaled(T.SignedDot(w, record + (b & 7) * 32), T.LoadHalves(scales), d, total, T.SignedOffset, sum);
            }
            T.StoreFloats(sum, sums);
        }
    }

    struct Q4_KRow : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* w = planes.P0;
            T sum = T.Float(0);
            for (int b = 0; b < blocks; b++, records += stride)
            {
                SuperBlock.SixBits(planes.P1 + b * 192, scratch);
                T scale = T.LoadHalves(planes.P2 + b * 32), minimum = T.LoadHalves(planes.P3 + b * 32);
                for (int s = 0; s < 8; s += 2)
                {
                    byte* x = records + s * 32;
                    T low = T.Bytes(0), high = low, nibble = T.Bytes(15);
                    ahead = Ask(ahead, 9, 576);
                    for (int u = 0; u < 32; u += 4, w += 64)
                    {
                        T v = T.Load(w);
                        low = T.Add16(low, T.Pairs(T.And(v, nibble), T.Spread(x + u)));
                        high = T.Add16(high, T.Pairs(T.And(T.ShiftRight(v, 4), nibble), T.Spread(x + 32 + u)));
                    }
                    sum = SubBlock(low, s, scale, minimum, records, scratch, sum);
                    sum = SubBlock(high, s + 1, scale, minimum, records, scratch, sum);
                }
            }
            T.StoreFloats(sum, sums);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static T SubBlock(T pairs, int s, T scale, T minimum, byte* record, byte* sixBits, T sum)
        {
            float d = *(float*)(record + PackedActivations.Scale + s * 4), scaled = *(float*)(record + PackedActivations.ScaledSum32 + s * 4);
            T factor = T.Multiply(T.LoadBytes(sixBits + s * 16), scale);
            sum = T.MultiplyAdd(T.ToFloat(T.Widen(pairs)), T.Multiply(factor, T.Float(d)), sum);
            return T.MultiplySubtract(T.Multiply(T.LoadBytes(sixBits + 128 + s * 16), minimum), T.Float(scaled), sum);
        }
    }

    struct Q6_KRow : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* low = planes.P0, high = planes.P1;
            T sum = T.Float(0);
            int* dots = (int*)scratch;
            for (int b = 0; b < blocks; b++, records += stride)
            {
                T scale = T.LoadHalves(planes.P3 + b * 32);
                byte* scales = planes.P2 + b * 256;
                for (int n = 0; n < 2; n++, low += 1024, high += 512)
                {
                    ahead = Ask(ahead, 27, 1680);
                    Quarter(low, high, records + n * 128, dots);
                    for (int j = 0; j < 8; j++)
                    {
                        int s = n * 8 + j;
                        float d = *(float*)(records + PackedActivations.Scale + (s >> 1) * 4), total = *(float*)(records + PackedActivations.Sum16 + s * 4);
                        sum = Scaled(T.Load((byte*)(dots + j * 16)), T.Multiply(T.LoadSignedBytes(scales + s * 16), scale), d, total, 32, sum);
                    }
                }
            }
            T.StoreFloats(sum, sums);
        }

        /// <summary>
        /// The 8 sub-blocks of 16 in 128 channels: each unit of the high bits serves four units of weights, 32 channels
        /// apart. Two products of 6-bit weights fit 16 bits.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Quarter(byte* low, byte* high, byte* x, int* dots)
        {
            T nibble = T.Bytes(15), top = T.Bytes(0x30);
            for (int half = 0; half < 2; half++)
            {
                T s0 = T.Bytes(0), s1 = s0, s2 = s0, s3 = s0;
                for (int u = half * 4; u < half * 4 + 4; u += 2)
                {
                    T a = T.Load(low + u * 64), c = T.Load(low + 512 + u * 64), h = T.Load(high + u * 64);
                    T p0 = T.Pairs(T.Or(T.And(a, nibble), T.And(T.ShiftLeft(h, 4), top)), T.Spread(x + u * 4));
                    T p1 = T.Pairs(T.Or(T.And(c, nibble), T.And(T.ShiftLeft(h, 2), top)), T.Spread(x + 32 + u * 4));
                    T p2 = T.Pairs(T.Or(T.And(T.ShiftRight(a, 4), nibble), T.And(h, top)), T.Spread(x + 64 + u * 4));
                    T p3 = T.Pairs(T.Or(T.And(T.ShiftRight(c, 4), nibble), T.And(T.ShiftRight(h, 2), top)), T.Spread(x + 96 + u * 4));
                    a = T.Load(low + u * 64 + 64);
                    c = T.Load(low + u * 64 + 576);
                    h = T.Load(high + u * 64 + 64);
                    p0 = T.Add16(p0, T.Pairs(T.Or(T.And(a, nibble), T.And(T.ShiftLeft(h, 4), top)), T.Spread(x + u * 4 + 4)));
                    p1 = T.Add16(p1, T.Pairs(T.Or(T.And(c, nibble), T.And(T.ShiftLeft(h, 2), top)), T.Spread(x + u * 4 + 36)));
                    p2 = T.Add16(p2, T.Pairs(T.Or(T.And(T.ShiftRight(a, 4), nibble), T.And(h, top)), T.Spread(x + u * 4 + 68)));
                    p3 = T.Add16(p3, T.Pairs(T.Or(T.And(T.ShiftRight(c, 4), nibble), T.And(T.ShiftRight(h, 2), top)), T.Spread(x + u * 4 + 100)));
                    s0 = T.Add32(s0, T.Widen(p0));
                    s1 = T.Add32(s1, T.Widen(p1));
                    s2 = T.Add32(s2, T.Widen(p2));
                    s3 = T.Add32(s3, T.Widen(p3));
                }
                T.StoreFloats(s0, (float*)(dots + half * 16));
                T.StoreFloats(s1, (float*)(dots + 32 + half * 16));
                T.StoreFloats(s2, (float*)(dots + 64 + half * 16));
                T.StoreFloats(s3, (float*)(dots + 96 + half * 16));
            }
        }
    }

    /// <summary>How 16-bit floats are read.</summary>
    interface IHalves
    {
        static abstract T Load(byte* source);
    }

    struct F16Halves : IHalves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Load(byte* source) => T.LoadHalves(source);
    }

    struct BF16Halves : IHalves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Load(byte* source) => T.LoadBrainHalves(source);
    }

    /// <summary>
    /// A row's products are added in the order of the channels, one rounding after another: a chain. Two groups give the
    /// processor two chains to work on, four with two registers to a group. Each of the two streams is asked for ahead of its own
    /// reads, and at its end the groups that follow: asked for as if they were one stream, half of the second came too late
    /// (a fifth of the rate of a 1.1B model in F16).
    /// </summary>
    struct HalfRow<THalves> : ISingleRow where THalves : struct, IHalves
    {
        public static bool Float => true;

        public static int Groups => 2;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* tiles, long stride, byte* scratch, byte* ahead, float* sums)
        {
            int lead = Math.Min(blocks, LeadChannels), first = blocks - lead;
            byte* w = planes.P0, u = next.P0;
            // With one row, its tiles follow each other: x is contiguous.
            new Span<float>(sums, 32).Clear();
            Part(w, u, (float*)tiles, first, w + (lead * 32), u + (lead * 32), sums);
            Part(w + (first * 32), u + (first * 32), (float*)tiles + first, lead, ahead, ahead + (blocks * 32), sums);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Part(byte* w, byte* u, float* x, int channels, byte* aheadW, byte* aheadU, float* sums)
        {
            float* end = x + channels;
            T a = T.Load((byte*)sums), b = T.Load((byte*)(sums + 16));
            for (; x + 2 <= end; x += 2, w += 64, u += 64, aheadW += 64, aheadU += 64)
            {
                Sse.Prefetch1(aheadW);
                Sse.Prefetch1(aheadU);
                T v = T.Float(x[0]);
                a = T.MultiplyAdd(THalves.Load(w), v, a);
                b = T.MultiplyAdd(THalves.Load(u), v, b);
                v = T.Float(x[1]);
                a = T.MultiplyAdd(THalves.Load(w + 32), v, a);
                b = T.MultiplyAdd(THalves.Load(u + 32), v, b);
            }
            if (x < end)
            {
                T v = T.Float(*x);
                a = T.MultiplyAdd(THalves.Load(w), v, a);
                b = T.MultiplyAdd(THalves.Load(u), v, b);
            }
            T.StoreFloats(a, sums);
            T.StoreFloats(b, sums + 16);
        }
    }

    /// <summary>Channels of 16 halves by which each of two streams is asked for ahead: 32 kB.</summary>
    const int LeadChannels = 1024;

    /// <summary><see cref="HalfRow{THalves}"/> for F16 as an emitted routine; an odd number of channels is left to that.</summary>
    struct EmittedHalfRow : ISingleRow
    {
        public static bool Float => true;

        public static int Groups => 2;

        public static void Rows(in Planes planes, in Planes next, int blocks, byte* tiles, long stride, byte* scratch, byte* ahead, float* sums)
        {
            if (blocks % 2 != 0)
            {
                HalfRow<F16Halves>.Rows(in planes, in next, blocks, tiles, stride, scratch, ahead, sums);
                return;
            }
            int lead = Math.Min(blocks, LeadChannels), first = blocks - lead;
            new Span<float>(sums, 32).Clear();
            HalfArguments arguments = new()
            {
                First = planes.P0,
                Second = next.P0,
                Inputs = (float*)tiles,
                Pairs = first / 2,
                FirstAhead = planes.P0 + (lead * 32),
                SecondAhead = next.P0 + (lead * 32),
                Sums = sums,
            };
            if (first > 0)
            {
                EmittedHalves.Routine(&arguments);
            }
            arguments.First += first * 32;
            arguments.Second += first * 32;
            arguments.Inputs += first;
            arguments.Pairs = lead / 2;
            arguments.FirstAhead = ahead;
            arguments.SecondAhead = ahead + (blocks * 32);
            EmittedHalves.Routine(&arguments);
        }
    }
}
