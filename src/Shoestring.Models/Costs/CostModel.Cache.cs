using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class CostModel
{
    /// <summary>Bytes of a chosen position and of the attention that it drew.</summary>
    const int SlotBytes = sizeof(int) + sizeof(float);

    /// <summary>
    /// Bytes of keys and values that a token adds in the long run, in every block. With n channels in each of two matrices a
    /// head: F32 and F16 take 4 and 2 bytes an element; Q8_0 and Q4_0 1 and ½, and 2 for the scale of each 32 channels; KIVI
    /// bits / 8, with scale and minimum 4 for each 32 positions of a channel of keys and each 32 channels of values.
    /// </summary>
    public long KvBytesPerToken(KvFormat format) => model.Blocks.Sum(b => b.KvHeads * PageBytes(format, b.HeadChannels, b.HeadChannels)) / KvStore.PagePositions;

    /// <summary>
    /// Bytes that a cache of <paramref name="capacity"/> positions takes: whole pages of 64, values padded to 16 channels. KIVI's
    /// formats keep the latest pages in F16 and have no others for the last of them; where positions are dropped, the pages are
    /// those of the sinks, of the window, the row's own and one more; where heavy hitters are chosen, those of the budget, and for
    /// each of it and each KV head its position and the attention it drew.
    /// </summary>
    public long KvCacheBytes(int capacity, CacheOptions cache)
    {
        bool kivi = cache.Format.IsKivi();
        long all = Pages(capacity), main = kivi ? Math.Max(0, all - KvFormats.ResidualPages - 1) : all;
        long slots = 0;
        switch (cache.Eviction)
        {
            case StreamingOptions kept:
                main = Math.Min(main, Turning(kept.Sinks, kept.Window, kivi));
                break;
            case HeavyHitterOptions { HeavyHitters: 0 } kept:
                main = Math.Min(main, Turning(0, kept.Recent, kivi));
                break;
            case HeavyHitterOptions kept:
                slots = Math.Min(capacity, kept.Bound);
                main = Pages(slots);
                break;
        }
        long recent = kivi ? Math.Min(all, KvFormats.RecentPages) : 0;
        return model.Blocks.Sum(b => b.KvHeads * (slots * SlotBytes + main * PageBytes(cache.Format, b.HeadChannels, Padded(b)) + recent * PageBytes(KvFormat.F16, b.HeadChannels, Padded(b))));
    }

    /// <summary>Pages of sinks and a window.</summary>
    static long Turning(int sinks, int window, bool kivi) => Pages(sinks) + Math.Max(1, Pages(window - 1) + (kivi ? 0 : 2));

    static long Pages(long positions) => (positions + KvStore.PagePositions - 1) / KvStore.PagePositions;

    static int Padded(BlockShape block) => (block.HeadChannels + 15) / 16 * 16;

    /// <summary>Bytes of one head's page.</summary>
    static long PageBytes(KvFormat format, int channels, int padded)
    {
        const int positions = KvStore.PagePositions, half = 2;
        long groups = (channels + KvFormats.GroupChannels - 1) / KvFormats.GroupChannels;
        long elements = positions * (channels + padded) * format.Bits() / 8;
        return format switch
        {
            KvFormat.F32 or KvFormat.F16 => elements,
            KvFormat.Q8_0 or KvFormat.Q4_0 => elements + 2 * positions * groups * half,
            _ => elements + (channels * (positions / KvFormats.GroupPositions) + positions * groups) * 2 * half,
        };
    }
}
