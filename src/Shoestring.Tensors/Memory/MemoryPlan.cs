namespace Shoestring.Tensors;

/// <summary>
/// Places buffers in one arena by when they live: two that are never alive together may share bytes. Ask for all, then
/// solve once; the arena is then the only allocation of any number of steps.
/// </summary>
public sealed class MemoryPlan
{
    const long Alignment = 64;
    readonly List<(long Bytes, int First, int Last)> requests = [];
    long[] offsets = [];

    /// <summary>Bytes of the arena, once solved.</summary>
    public long Bytes { get; private set; }

    /// <summary>Asks for a buffer that lives from time <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    /// <returns>The request's number.</returns>
    public int Request(long bytes, int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        requests.Add(((bytes + Alignment - 1) / Alignment * Alignment, first, last));
        return requests.Count - 1;
    }

    /// <summary>Byte offset of a request in the arena.</summary>
    public long Offset(int request) => offsets[request];

    /// <summary>Places the largest first, each at the lowest offset that no buffer alive with it covers.</summary>
    public void Solve()
    {
        offsets = new long[requests.Count];
        Bytes = 0;
        List<int> placed = [];
        foreach (int i in Enumerable.Range(0, requests.Count).OrderByDescending(i => requests[i].Bytes).ThenBy(i => i))
        {
            offsets[i] = LowestFree(i, placed);
            Bytes = Math.Max(Bytes, offsets[i] + requests[i].Bytes);
            placed.Add(i);
        }
    }

    long LowestFree(int request, List<int> placed)
    {
        (long bytes, int first, int last) = requests[request];
        long offset = 0;
        foreach (int other in placed.Where(p => requests[p].First <= last && requests[p].Last >= first).OrderBy(p => offsets[p]))
        {
            if (offset + bytes <= offsets[other])
            {
                break;
            }
            offset = Math.Max(offset, offsets[other] + requests[other].Bytes);
        }
        return offset;
    }
}
