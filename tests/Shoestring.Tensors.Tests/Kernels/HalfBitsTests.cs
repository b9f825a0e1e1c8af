namespace Shoestring.Tensors.Tests;

public sealed class HalfBitsTests
{
    [Fact]
    public unsafe void Every_finite_half_widens_exactly()
    {
        ushort* halves = stackalloc ushort[16];
        float* singles = stackalloc float[16];
        for (int first = 0; first < 65536; first += 16)
        {
            for (int i = 0; i < 16; i++)
            {
                halves[i] = (ushort)(first + i);
            }
            HalfBits.ToSingle16((byte*)halves, singles);
            for (int i = 0; i < 16; i++)
            {
                Half half = BitConverter.UInt16BitsToHalf(halves[i]);
                if (Half.IsFinite(half))
                {
                    singles[i].ShouldBe((float)half);
                    HalfBits.ToSingle(halves[i]).ShouldBe((float)half);
                }
            }
        }
    }

    [Fact]
    public unsafe void Narrowing_rounds_as_the_runtime_does()
    {
        ushort* halves = stackalloc ushort[16];
        float* singles = stackalloc float[16];
        uint state = 1;
        for (int n = 0; n < 100_000; n++)
        {
            for (int i = 0; i < 16; i++)
            {
                state = state * 1664525 + 1013904223;
                // Every fourth lies within the halves' range, so that ties and subnormals are met often.
                singles[i] = i % 4 == 0 ? (float)BitConverter.UInt16BitsToHalf((ushort)(state >> 16)) * (1 + (state & 3) * 0.000244140625f) : BitConverter.UInt32BitsToSingle(state);
            }
            HalfBits.FromSingle16(singles, halves);
            for (int i = 0; i < 16; i++)
            {
                Half expected = (Half)singles[i];
                if (Half.IsNaN(expected))
                {
                    Half.IsNaN(BitConverter.UInt16BitsToHalf(halves[i])).ShouldBeTrue();
                }
                else
                {
                    halves[i].ShouldBe(BitConverter.HalfToUInt16Bits(expected), $"{singles[i]:R}");
                }
            }
        }
    }
}
