using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// The 2:4 formats with one activation row: nothing is filled in. The positions pick, out of eight activations, the four that
/// a row's kept weights meet, so that a block takes half the products of a dense one. Sums of integers are exact, so the bits
/// are those of the tile path, which multiplies with the zeros too.
/// </summary>
internal static unsafe partial class SingleRowProducts<T>
{
    public static void S24_8(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<S24_8Row>(work, in product, firstGroup, groups, scratch);

    public static void S24_4(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch) => Each<S24_4Row>(work, in product, firstGroup, groups, scratch);

    /// <summary>Of a row's four positions the last two are among the second four of eight channels.</summary>
    const int SecondFour = 0x04040000;

    /// <summary>The activations that the four kept weights <paramref name="unit"/> of each row meet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Met(T positions, T second, T mask, byte* x, int unit) =>
        T.Select(T.SpreadEight(x + unit * 8), T.Or(T.And(T.ShiftRight(positions, unit * 2), mask), second));

    struct S24_8Row : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* w = planes.P0, positions = planes.P1, scales = planes.P2;
            int fours = SecondFour;
            T sum = T.Float(0), second = T.Spread((byte*)&fours), mask = T.Bytes(3);
            for (int b = 0; b < blocks; b++, w += 256, positions += 64, scales += 32)
            {
                byte* record = records + (b >> 3) * stride;
                byte* x = record + (b & 7) * 32;
                ahead = Ask(ahead, 6, 352);
                T at = T.Load(positions);
                T even = T.Widen(T.SignedPairs(T.Load(w), Met(at, second, mask, x, 0)));
                T odd = T.Widen(T.SignedPairs(T.Load(w + 64), Met(at, second, mask, x, 1)));
                even = T.Add32(even, T.Widen(T.SignedPairs(T.Load(w + 128), Met(at, second, mask, x, 2))));
                odd = T.Add32(odd, T.Widen(T.SignedPairs(T.Load(w + 192), Met(at, second, mask, x, 3))));
                float d = *(float*)(record + PackedActivations.Scale + (b & 7) * 4);
                sum = T.MultiplyAdd(T.ToFloat(T.Add32(even, odd)), T.Multiply(T.LoadHalves(scales), T.Float(d)), sum);
            }
            T.StoreFloats(sum, sums);
        }
    }

    struct S24_4Row : ISingleRow
    {
        public static bool Float => false;

        public static int Groups => 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Rows(in Planes planes, in Planes next, int blocks, byte* records, long stride, byte* scratch, byte* ahead, float* sums)
        {
            byte* w = planes.P0, positions = planes.P1, scales = planes.P2;
            int fours = SecondFour;
            T sum = T.Float(0), second = T.Spread((byte*)&fours), mask = T.Bytes(3), nibble = T.Bytes(15), eight = T.Bytes(8);
            for (int b = 0; b < blocks; b++, w += 128, positions += 64, scales += 32)
            {
                byte* record = records + (b >> 3) * stride;
                byte* x = record + (b & 7) * 32;
                ahead = Ask(ahead, 4, 224);
                // Pairs of 15 · 127 and of 8 · 127, four of each: all fits 16 bits, and so does the difference.
                T at = T.Load(positions), v = T.Load(w), u = T.Load(w + 64);
                T met = Met(at, second, mask, x, 0);
                T dot = T.Pairs(T.And(v, nibble), met), offset = T.Pairs(eight, met);
                met = Met(at, second, mask, x, 1);
                dot = T.Add16(dot, T.Pairs(T.And(u, nibble), met));
                offset = T.Add16(offset, T.Pairs(eight, met));
                met = Met(at, second, mask, x, 2);
                dot = T.Add16(dot, T.Pairs(T.And(T.ShiftRight(v, 4), nibble), met));
                offset = T.Add16(offset, T.Pairs(eight, met));
                met = Met(at, second, mask, x, 3);
                dot = T.Add16(dot, T.Pairs(T.And(T.ShiftRight(u, 4), nibble), met));
                offset = T.Add16(offset, T.Pairs(eight, met));
                float d = *(float*)(record + PackedActivations.Scale + (b & 7) * 4);
                sum = T.MultiplyAdd(T.ToFloat(T.Widen(T.Subtract16(dot, offset))), T.Multiply(T.LoadHalves(scales), T.Float(d)), sum);
            }
            T.StoreFloats(sum, sums);
        }
    }
}
