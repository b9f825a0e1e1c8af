using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>One buffer of an optimizer's state for a parameter.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Count">Numbers.</param>
/// <param name="Format">How each is kept.</param>
public sealed record StateBuffer(string Name, long Count, StateFormat Format = StateFormat.Float32)
{
    /// <summary>Bytes that it takes.</summary>
    public long Bytes => Count * Format.Bytes();
}

/// <summary>An optimizer's memory of one parameter: zero at first.</summary>
public sealed class ParameterState : IDisposable
{
    readonly NativeBuffer[] buffers;

    internal ParameterState(IReadOnlyList<StateBuffer> layout, MemoryAccount account)
    {
        Layout = layout;
        buffers = [.. layout.Select(one => new NativeBuffer(one.Bytes, MemoryKind.Optimizer, account))];
    }

    /// <summary>What it holds.</summary>
    public IReadOnlyList<StateBuffer> Layout { get; }

    /// <summary>How often the parameter was updated with this state.</summary>
    public long Steps { get; set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => buffers.Sum(buffer => buffer.Bytes);

    /// <summary>The memory of buffer <paramref name="index"/>.</summary>
    public NativeBuffer Buffer(int index) => buffers[index];

    /// <summary>The numbers of buffer <paramref name="index"/>, or none where there is no such buffer.</summary>
    internal FlatValues Values(int index) => index < buffers.Length
        ? new FlatValues(buffers[index], 0, Layout[index].Count, Layout[index].Format)
        : default;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in buffers)
        {
            buffer.Dispose();
        }
    }
}
