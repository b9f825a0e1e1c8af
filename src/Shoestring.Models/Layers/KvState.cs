using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Keys and values as a block's state.</summary>
public sealed class KvState(KvStore store) : ITokenState
{
    /// <summary>The keys and values.</summary>
    public KvStore Store => store;

    /// <inheritdoc/>
    public long Bytes => store.Bytes;

    /// <inheritdoc/>
    public bool CanRollBack(int length) => store.CanRollBack(length);

    /// <inheritdoc/>
    public void RollBack(int length) => store.RollBack(length);

    /// <inheritdoc/>
    public ITokenState Fork(int length, MemoryAccount account)
    {
        KvStore copy = new(store.Heads, store.HeadChannels, store.Capacity, store.Format, account, store.Retention);
        copy.CopyFrom(store, length);
        return new KvState(copy);
    }

    /// <inheritdoc/>
    public byte[] Save(int length) => store.Save(length);

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> bytes, int length) => store.Load(bytes, length);

    /// <inheritdoc/>
    public void Dispose() => store.Dispose();
}
