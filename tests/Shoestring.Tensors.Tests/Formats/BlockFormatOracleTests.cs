namespace Shoestring.Tensors.Tests;

public class BlockFormatOracleTests
{
    public static TheoryData<TensorFormat> Quantized => [.. BlockFormats.All.Where(f => f != TensorFormat.F32 && f.IsOfGgml())];

    public static TheoryData<TensorFormat> Encodable => [.. BlockFormats.All.Where(f => f != TensorFormat.F32 && f.IsOfGgml() && f.CanEncode())];

    [Theory]
    [MemberData(nameof(Quantized))]
    public void Decodes_to_the_bits_of_ggml(TensorFormat format)
    {
        var blocks = Oracle.Bytes($"{format.Name()}.blocks");
        var expected = Oracle.Floats($"{format.Name()}.decoded");
        var actual = new float[expected.Length];
        format.Decode(blocks, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            BitConverter.SingleToUInt32Bits(actual[i]).ShouldBe(
                BitConverter.SingleToUInt32Bits(expected[i]), $"element {i}: {actual[i]}, ggml has {expected[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(Encodable))]
    public void Encodes_to_the_bytes_of_ggml(TensorFormat format)
    {
        var values = Oracle.Floats("values.f32");
        var expected = Oracle.Bytes($"{format.Name()}.encoded");
        var actual = new byte[expected.Length];
        format.Encode(values, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            actual[i].ShouldBe(expected[i], $"byte {i % format.BlockBytes()} of block {i / format.BlockBytes()}");
        }
    }
}
