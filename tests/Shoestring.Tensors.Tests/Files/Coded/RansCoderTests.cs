using CsCheck;

namespace Shoestring.Tensors.Tests;

public class RansCoderTests
{
    [Fact]
    public void Any_bytes_come_out_as_they_went_in() => Gen.Byte.Array[0, 300].Sample(bytes => RoundTrip(bytes), iter: 2000);

    [Fact]
    public void Bytes_of_few_kinds_come_out_as_they_went_in() => Gen.Byte[0, 2].Array[0, 300].Sample(bytes => RoundTrip(bytes), iter: 2000);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100_000)]
    public void Equal_bytes_take_the_states_alone(int count) => RoundTrip(Enumerable.Repeat((byte)7, count).ToArray()).ShouldBe(RansCoder.LeastBytes);

    // Levels of Gaussian weights, pruned ones, and uniform bytes.
    [Theory]
    [InlineData(0, 40)]
    [InlineData(0.5, 40)]
    [InlineData(0.8, 10)]
    [InlineData(0, 1e6)]
    public void Coded_bytes_are_within_a_hundredth_of_the_entropy(double zeros, double spread)
    {
        var random = new Random(3);
        byte[] bytes = new byte[1 << 20];
        for (int i = 0; i < bytes.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            bytes[i] = random.NextDouble() < zeros ? (byte)0 : unchecked((byte)(int)(normal * spread));
        }

        double entropy = 0;
        foreach (long count in Counts(bytes).Where(count => count > 0))
        {
            entropy -= count * Math.Log2((double)count / bytes.Length) / 8;
        }

        RoundTrip(bytes).ShouldBeInRange((int)entropy, (int)(entropy * 1.01) + RansCoder.LeastBytes);
    }

    [Fact]
    public void Damaged_streams_are_found_or_give_other_bytes_but_do_no_harm()
    {
        byte[] bytes = [.. Enumerable.Range(0, 2000).Select(i => (byte)(i * i % 17))];
        FrequencyTable table = FrequencyTable.Of(Counts(bytes));
        byte[] stream = new byte[RansCoder.MostBytes(bytes.Length)];
        int length = RansCoder.Encode(bytes, table, stream), found = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            ReadOnlySpan<byte> damaged = Mutations.Damage(stream[..length], new Random(seed), [bytes]);
            found += RansCoder.Decode(ref damaged, table.Slots, new byte[bytes.Length]) ? 0 : 1;
        }

        found.ShouldBeGreaterThan(1500);
    }

    [Fact]
    public void A_table_whose_frequencies_do_not_sum_up_is_none()
    {
        byte[] bytes = new byte[32 + 512];
        bytes.AsSpan(0, 32).Fill(255);
        ReadOnlySpan<byte> source = bytes;
        FrequencyTable.Read(ref source).ShouldBeNull();
    }

    static int RoundTrip(byte[] bytes)
    {
        FrequencyTable table = FrequencyTable.Of(Counts(bytes.Length > 0 ? bytes : [0]));
        byte[] written = new byte[table.Bytes], stream = new byte[RansCoder.MostBytes(bytes.Length)], decoded = new byte[bytes.Length];
        table.Write(written).Length.ShouldBe(0);
        ReadOnlySpan<byte> read = written;
        FrequencyTable known = FrequencyTable.Read(ref read)!;
        int length = RansCoder.Encode(bytes, table, stream);
        ReadOnlySpan<byte> source = [.. stream[..length], 1, 2, 3];
        RansCoder.Decode(ref source, known.Slots, decoded).ShouldBeTrue();
        decoded.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        source.Length.ShouldBe(3, "what follows the stream remains");
        return length;
    }

    static long[] Counts(byte[] bytes)
    {
        long[] counts = new long[256];
        foreach (byte value in bytes)
        {
            counts[value]++;
        }

        return counts;
    }
}
