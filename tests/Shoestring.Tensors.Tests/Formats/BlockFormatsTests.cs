using System.Runtime.CompilerServices;
using CsCheck;

namespace Shoestring.Tensors.Tests;

public class BlockFormatsTests
{
    public static TheoryData<TensorFormat> Known => [.. BlockFormats.All];

    public static TheoryData<TensorFormat> Encodable => [.. BlockFormats.All.Where(BlockFormats.CanEncode)];

    [Fact]
    public void Structs_have_the_sizes_of_the_file()
    {
        Check<BlockF32>();
        Check<BlockF16>();
        Check<BlockBF16>();
        Check<BlockQ8_0>();
        Check<BlockQ4_0>();
        Check<BlockQ4_1>();
        Check<BlockQ5_0>();
        Check<BlockQ5_1>();
        Check<BlockQ2_K>();
        Check<BlockQ3_K>();
        Check<BlockQ4_K>();
        Check<BlockQ5_K>();
        Check<BlockQ6_K>();
        Check<BlockIQ2_XXS>();
        Check<BlockIQ4_NL>();
        Check<BlockS24_8>();
        Check<BlockS24_4>();
        Check<BlockNF4>();

        static void Check<T>()
            where T : unmanaged, IBlockFormat<T>
        {
            Unsafe.SizeOf<T>().ShouldBe(T.Format.BlockBytes(), T.Format.Name());
            T.Elements.ShouldBe(T.Format.BlockElements(), T.Format.Name());
            typeof(T).Name.ShouldBe("Block" + T.Format.Name());
        }
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Names_are_parsed_in_any_case(TensorFormat format)
    {
        BlockFormats.Parse(format.Name()).ShouldBe(format);
        BlockFormats.Parse(format.Name().ToLowerInvariant()).ShouldBe(format);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Q9_0")]
    [InlineData("8")]
    [InlineData("F16,F32")]
    public void An_unknown_name_is_refused_with_the_known_ones(string name)
    {
        var fault = Should.Throw<InputException>(() => BlockFormats.Parse(name));
        fault.Message.ShouldContain($"'{name}'");
        fault.Cure.ShouldContain("Q4_K, Q5_K, Q6_K, IQ2_XXS");
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Lengths_that_do_not_match_are_refused(TensorFormat format)
    {
        var (elements, bytes) = (format.BlockElements(), format.BlockBytes());
        Should.Throw<ArgumentException>(() => format.Decode(new byte[bytes], new float[elements + 1]));
        Should.Throw<ArgumentException>(() => format.Decode(new byte[bytes + 1], new float[elements]));
        format.Decode([], []);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Any_bytes_decode(TensorFormat format) =>
        Gen.Byte.Array[2 * format.BlockBytes()].Sample(bytes => format.Decode(bytes, new float[2 * format.BlockElements()]), iter: 200);

    [Theory]
    [MemberData(nameof(Encodable))]
    public void Any_values_encode_and_leave_other_blocks_alone(TensorFormat format)
    {
        var (elements, bytes) = (format.BlockElements(), format.BlockBytes());
        Gen.Select(Gen.Float.Array[elements], Gen.Float[-1, 1].Array[elements]).Sample((any, tame) =>
        {
            Encode(format, [.. any, .. tame])[bytes..].ShouldBe(Encode(format, tame));
            Encode(format, [.. tame, .. any])[..bytes].ShouldBe(Encode(format, tame));
        }, iter: 200);
    }

    [Theory]
    [MemberData(nameof(Encodable))]
    public void Non_finite_values_encode(TensorFormat format)
    {
        var values = new float[256];
        foreach (var odd in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -float.MaxValue })
        {
            Array.Fill(values, odd);
            Encode(format, values).Length.ShouldBe((int)format.RowBytes(256));
            values[1] = 1;
            Encode(format, values).Length.ShouldBe((int)format.RowBytes(256));
        }
    }

    // Half a level of the coarsest scale that a group can get, in units of the group's largest magnitude.
    [Theory]
    [InlineData(TensorFormat.F32, 0)]
    [InlineData(TensorFormat.F16, 1 / 2048f)]
    [InlineData(TensorFormat.BF16, 1 / 256f)]
    [InlineData(TensorFormat.Q8_0, 0.5f / 127 + 0.001f)]
    [InlineData(TensorFormat.Q6_K, 0.05f)]
    [InlineData(TensorFormat.Q5_K, 0.08f)]
    [InlineData(TensorFormat.Q5_1, 0.04f)]
    [InlineData(TensorFormat.Q5_0, 1 / 16f + 0.001f)]
    [InlineData(TensorFormat.Q4_K, 0.15f)]
    [InlineData(TensorFormat.Q4_1, 0.07f)]
    [InlineData(TensorFormat.Q4_0, 1 / 8f + 0.001f)]
    public void What_is_encoded_is_decoded_within_the_format_s_step(TensorFormat format, float tolerance) =>
        Gen.Float[-1, 1].Array[256].Sample(values =>
        {
            var decoded = new float[256];
            format.Decode(Encode(format, values), decoded);
            for (var i = 0; i < values.Length; i++)
            {
                MathF.Abs(decoded[i] - values[i]).ShouldBeLessThanOrEqualTo(tolerance, $"element {i}");
            }
        }, iter: 100);

    [Fact]
    public void IQ2_XXS_is_not_encoded()
    {
        TensorFormat.IQ2_XXS.CanEncode().ShouldBeFalse();
        Should.Throw<NotSupportedException>(() => TensorFormat.IQ2_XXS.Encode(new float[256], new byte[66]));
    }

    static byte[] Encode(TensorFormat format, float[] values)
    {
        var bytes = new byte[format.RowBytes(values.Length)];
        format.Encode(values, bytes);
        return bytes;
    }
}
