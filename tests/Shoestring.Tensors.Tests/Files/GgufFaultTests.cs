using System.Text;

namespace Shoestring.Tensors.Tests;

/// <summary>Hostile headers, each with one thing wrong, made by hand.</summary>
public class GgufFaultTests
{
    [Fact]
    public void An_unknown_tensor_type_is_named_with_its_tensor_and_the_cure()
    {
        var fault = Fault(Header(1, 0).Tensor("blk.0.attn_q.weight", [32], 23, 0).Data(64));

        fault.ShouldContain("'blk.0.attn_q.weight' has type 23 (IQ4_XS)");
        fault.ShouldContain("re-quantize to one of F32, F16");
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(70000UL)]
    public void Counts_beyond_the_file_are_refused(ulong count)
    {
        Fault(Header(count, 0).Data(4096)).ShouldContain("the tensor count");
        Fault(Header(0, count).Data(4096)).ShouldContain("the metadata count");
    }

    [Fact]
    public void A_string_longer_than_the_file_is_refused() =>
        Fault(Header(0, 1).Text("key").U32(8).U64(1UL << 62).Data(64)).ShouldContain("key needs");

    [Fact]
    public void An_array_longer_than_the_file_is_refused()
    {
        Fault(Header(0, 1).Text("key").U32(9).U32(10).U64((1UL << 61) + 1).Data(64)).ShouldContain("key counts");
        Fault(Header(0, 1).Text("key").U32(9).U32(8).U64(1UL << 32).Data(64)).ShouldContain("key counts");
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var file = Header(0, 1).Text("key").U32(9);
        for (var depth = 0; depth < 1000; depth++)
        {
            file.U32(9).U64(1);
        }

        Fault(file.U32(0).U64(0)).ShouldContain("nests arrays");
    }

    [Fact]
    public void Unknown_value_types_and_odd_truth_values_are_refused()
    {
        Fault(Header(0, 1).Text("key").U32(13).Data(64)).ShouldContain("value type 13");
        Fault(Header(0, 1).Text("key").U32(7).Data(64, 2)).ShouldContain("truth value");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(4u)]
    [InlineData(48u)]
    [InlineData(uint.MaxValue)]
    public void Alignment_must_be_a_power_of_two(uint alignment) =>
        Fault(Header(0, 1).Text("general.alignment").U32(4).U32(alignment)).ShouldContain($"general.alignment is {alignment}");

    [Fact]
    public void Alignment_is_honoured()
    {
        var file = Header(1, 1).Text("general.alignment").U32(4).U32(256).Tensor("t", [2], 0, 256).Data(1024);

        var entry = GgufFile.Open(file.Bytes, "sample").Tensors[0];

        entry.Offset.ShouldBe(512);
        Fault(Header(1, 1).Text("general.alignment").U32(4).U32(256).Tensor("t", [2], 0, 32).Data(1024)).ShouldContain("offset 32");
    }

    [Fact]
    public void Names_must_be_unique_short_and_text()
    {
        Fault(Header(2, 0).Tensor("t", [1], 0, 0).Tensor("t", [1], 0, 32).Data(128)).ShouldContain("two tensors are named 't'");
        Fault(Header(0, 2).Text("k").U32(0).Data(1).Text("k").U32(0).Data(1)).ShouldContain("'k' stands twice");
        Fault(Header(0, 1).Text("").U32(0).Data(64)).ShouldContain("0 bytes");
        Fault(Header(1, 0).Tensor(new string('x', 300), [1], 0, 0).Data(64)).ShouldContain("300 bytes");
        Fault(Header(0, 1).U64(2).Data(2, 0xFF).U32(0).Data(64)).ShouldContain("no UTF-8");
    }

    [Theory]
    [InlineData(new[] { 0L })]
    [InlineData(new[] { -1L })]
    [InlineData(new[] { 1L << 62, 1L << 62 })]
    [InlineData(new[] { long.MaxValue })]
    [InlineData(new[] { 1L << 32, 1L << 32, 1L << 32, 1L << 32 })]
    public void Impossible_shapes_are_refused(long[] extents) =>
        Fault(Header(1, 0).Tensor("t", extents, 0, 0).Data(64)).ShouldContain("'t' cannot have shape");

    [Fact]
    public void Rows_must_be_whole_blocks() =>
        Fault(Header(1, 0).Tensor("t", [33, 32], 8, 0).Data(4096)).ShouldContain("'t' cannot have shape [33, 32] in Q8_0");

    [Fact]
    public void More_than_four_dimensions_are_refused() =>
        Fault(Header(1, 0).Tensor("t", [1, 1, 1, 1, 1], 0, 0).Data(64)).ShouldContain("5 dimensions");

    [Fact]
    public void Tensors_must_lie_within_the_file_and_apart()
    {
        Fault(Header(1, 0).Tensor("t", [64], 0, 0).Data(64)).ShouldContain("'t' needs bytes");
        Fault(Header(1, 0).Tensor("t", [1], 0, 1UL << 61).Data(64)).ShouldContain("'t' needs bytes");
        Fault(Header(1, 0).Tensor("t", [1], 0, ulong.MaxValue - 31).Data(64)).ShouldContain("'t' is at offset");
        Fault(Header(2, 0).Tensor("a", [16], 0, 0).Tensor("b", [1], 0, 32).Data(128)).ShouldContain("'a' and 'b' overlap");
    }

    [Fact]
    public void Messages_stay_one_line_whatever_the_names_hold()
    {
        var fault = Fault(Header(1, 0).Tensor("a\r\nb\u001b[31m\u2028" + new string('y', 200), [32], 99, 0).Data(64));

        fault.ShouldNotContain('\n');
        fault.ShouldNotContain('\u001b');
        fault.ShouldContain("a??b?[31m?yyy");
        fault.Length.ShouldBeLessThan(400);
    }

    static string Fault(GgufBytes file) => Should.Throw<ModelFileException>(() => GgufFile.Open(file.Bytes, "sample")).Message;

    static GgufBytes Header(ulong tensors, ulong keys) => new GgufBytes().Raw("GGUF"u8).U32(3).U64(tensors).U64(keys);

    sealed class GgufBytes
    {
        readonly MemoryStream stream = new();

        public byte[] Bytes => stream.ToArray();

        public GgufBytes Raw(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            return this;
        }

        public GgufBytes U32(uint value) => Raw(BitConverter.GetBytes(value));

        public GgufBytes U64(ulong value) => Raw(BitConverter.GetBytes(value));

        public GgufBytes Text(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            return U64((ulong)utf8.Length).Raw(utf8);
        }

        public GgufBytes Data(int count, byte value = 0) => Raw(Enumerable.Repeat(value, count).ToArray());

        public GgufBytes Tensor(string name, long[] extents, uint type, ulong offset)
        {
            Text(name).U32((uint)extents.Length);
            foreach (var extent in extents)
            {
                U64((ulong)extent);
            }

            return U32(type).U64(offset);
        }
    }
}
