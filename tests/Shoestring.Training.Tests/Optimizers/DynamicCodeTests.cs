namespace Shoestring.Training.Tests;

public class DynamicCodeTests
{
    [Fact]
    public void Codes_rise_and_are_their_own_nearest()
    {
        foreach (DynamicCode code in new[] { DynamicCode.Signed, DynamicCode.Unsigned })
        {
            code.Values.Length.ShouldBe(256);
            for (int i = code == DynamicCode.Unsigned ? 1 : 0; i < 256; i++)
            {
                code.Nearest(code.Values[i]).ShouldBe((byte)i);
            }

            for (int i = 1; i < 256; i++)
            {
                code.Values[i].ShouldBeGreaterThan(code.Values[i - 1]);
            }
        }
    }

    [Fact]
    public void Nearest_is_nearest()
    {
        float[] draws = new float[2000];
        CounterNormal.Fill(draws, 1, 2, 0);
        foreach (float draw in draws)
        {
            float value = Math.Clamp(draw / 3, -1, 1);
            float found = DynamicCode.Signed.Values[DynamicCode.Signed.Nearest(value)];
            float best = DynamicCode.Signed.Values.ToArray().MinBy(level => Math.Abs(level - value));
            Math.Abs(found - value).ShouldBe(Math.Abs(best - value), 1e-7f);
        }
    }

    [Fact]
    public void A_second_moment_is_never_rounded_to_nothing() => DynamicCode.Unsigned.Nearest(1e-12f).ShouldBe((byte)1);

    [Fact]
    public void A_block_of_zeros_stays_one()
    {
        byte[] codes = new byte[16];
        BlockCoder.Encode(DynamicCode.Signed, new float[16], codes).ShouldBe(0);
        float[] back = [.. Enumerable.Repeat(1f, 16)];
        BlockCoder.Decode(DynamicCode.Signed, codes, 0, back);
        back.ShouldAllBe(value => value == 0);
    }
}
