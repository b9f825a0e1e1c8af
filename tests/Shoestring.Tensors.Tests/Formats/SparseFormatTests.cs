using CsCheck;

namespace Shoestring.Tensors.Tests;

public class SparseFormatTests
{
    static readonly Gen<float[]> pruned = Gen.Select(Gen.Float[-1, 1].Array[64], Gen.Int[0, 3].Array[32], (values, places) =>
    {
        for (int i = 0; i < values.Length; i++)
        {
            bool isKept = places[i / 4 * 2] == i % 4 || places[i / 4 * 2 + 1] == i % 4;
            values[i] = isKept ? values[i] : 0;
        }

        return values;
    });

    public static TheoryData<TensorFormat> Formats => [.. BlockFormats.All.Where(BlockFormats.IsSparse)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_pruned_already_has_the_values_of_the_dense_format(TensorFormat format) =>
        pruned.Sample(values => Decoded(format, values).ShouldBe(Decoded(format.Dense(), values)), iter: 200);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Of_any_other_the_two_largest_of_every_four_are_kept(TensorFormat format) => Gen.Float[-1, 1].Array[64].Sample(values =>
    {
        float[] largest = [.. values];
        for (int first = 0; first < values.Length; first += 4)
        {
            foreach (int i in Enumerable.Range(first, 4).OrderByDescending(i => MathF.Abs(values[i])).Skip(2))
            {
                largest[i] = 0;
            }
        }

        Decoded(format, values).ShouldBe(Decoded(format.Dense(), largest));
    }, iter: 200);

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_decoded_encodes_to_the_same_values(TensorFormat format) => Gen.Float[-1, 1].Array[64].Sample(values =>
    {
        // A scale of whole powers of two loses nothing when it is chosen again.
        values[0] = format == TensorFormat.S24_8 ? 127 : -8;
        values[32] = values[0];
        float[] once = Decoded(format, values);
        Decoded(format, once).ShouldBe(once);
    }, iter: 100);

    [Fact]
    public void Every_pair_of_places_is_told_apart()
    {
        for (int one = 0; one < 4; one++)
        {
            for (int other = one + 1; other < 4; other++)
            {
                float[] values = new float[32];
                for (int first = 0; first < 32; first += 4)
                {
                    (values[first + one], values[first + other]) = (-8, first / 4 - 4);
                }

                Decoded(TensorFormat.S24_4, values).ShouldBe(values);
                values[one] = 127;
                Decoded(TensorFormat.S24_8, values).ShouldBe(values);
            }
        }
    }

    [Fact]
    public void Sizes_are_those_promised()
    {
        TensorFormat.S24_8.RowBytes(32).ShouldBe(22, "5.5 bits");
        TensorFormat.S24_4.RowBytes(32).ShouldBe(14, "3.5 bits");
        TensorFormat.S24_8.IsOfGgml().ShouldBeFalse();
        TensorFormat.BF16.IsOfGgml().ShouldBeTrue();
    }

    static float[] Decoded(TensorFormat format, float[] values)
    {
        byte[] bytes = new byte[format.RowBytes(values.Length)];
        format.Encode(values, bytes);
        float[] decoded = new float[values.Length];
        format.Decode(bytes, decoded);
        return decoded;
    }
}
