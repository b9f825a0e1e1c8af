namespace Shoestring.Tensors.Tests;

public class NativeBufferTests
{
    // Small ones come from the C library, large ones straight from the system.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(3 << 20)]
    public void Bytes_are_counted_by_kind_while_they_are_held(long bytes)
    {
        MemoryAccount account = new();
        using (NativeBuffer first = new(bytes, MemoryKind.KvCache, account), second = new(10, MemoryKind.Weights, account))
        {
            account.Current(MemoryKind.KvCache).ShouldBe(bytes);
            account.Current(MemoryKind.Weights).ShouldBe(10);
            first.Span<byte>(0, (int)bytes).IndexOfAnyExcept((byte)0).ShouldBe(-1);
        }
        account.Current(MemoryKind.KvCache).ShouldBe(0);
        account.Peak(MemoryKind.KvCache).ShouldBe(bytes);
        account.PeakTotal.ShouldBe(bytes + 10);
    }

    [Fact]
    public void Disposing_twice_gives_back_once()
    {
        MemoryAccount account = new();
        NativeBuffer buffer = new(100, MemoryKind.Scratch, account);
        buffer.Dispose();
        buffer.Dispose();
        account.Current(MemoryKind.Scratch).ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => buffer.Span<byte>(0, 1));
    }

    [Fact]
    public void Spans_stay_inside()
    {
        using NativeBuffer buffer = new(64, MemoryKind.Scratch, new MemoryAccount());
        buffer.Span<float>(60, 1).Length.ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => buffer.Span<float>(61, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => buffer.Span<float>(-4, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => buffer.Span<float>(0, 17));
        Should.Throw<ArgumentOutOfRangeException>(() => new NativeBuffer(-1, MemoryKind.Scratch, new MemoryAccount()));
    }

    [Fact]
    public void Slices_of_a_tensor_name_its_own_elements()
    {
        using NativeBuffer buffer = new(6 * 4 * 4, MemoryKind.Scratch, new MemoryAccount());
        Tensor tensor = new(buffer, 0, 6, 4);
        tensor.Slice(2, 3).Channels(1, 2).Row(1)[0] = 7;
        tensor.Row(3)[1].ShouldBe(7);
        Should.Throw<ArgumentOutOfRangeException>(() => tensor.Slice(4, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => tensor.Channels(3, 2));
        Should.Throw<ArgumentOutOfRangeException>(() => tensor.Row(6).Length);
    }
}
