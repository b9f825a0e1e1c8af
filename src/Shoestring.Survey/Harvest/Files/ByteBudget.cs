namespace Shoestring.Survey;

/// <summary>
/// Keeps all files together below a limit, and the disk below twice the limit: whoever would pass it lets go and waits until those
/// before it in the harvest's order are settled; the first is judged by what is kept alone. So what is kept does not depend on who
/// was fast.
/// </summary>
sealed class ByteBudget(long limit)
{
    readonly Lock sync = new();
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long kept, used;
    int head;

    /// <summary>The reason that is given for what does not fit.</summary>
    public string Reason { get; } = $"it would pass the {limit} bytes of --max-bytes";

    /// <summary>Takes room for more bytes of a file; false when it must wait until it is the first.</summary>
    /// <exception cref="HarvestFault">There is none, and none will come.</exception>
    public bool TryTake(HarvestItem item, long bytes)
    {
        lock (sync)
        {
            bool first = item.Order == head;
            bool fits = used + bytes <= limit || (first && kept + item.Taken + bytes <= limit);
            if (fits)
            {
                used += bytes;
                item.Taken += bytes;
            }

            return fits || !first ? fits : throw new HarvestFault(Reason) { IsPolicy = true };
        }
    }

    /// <summary>Waits until a file is the first.</summary>
    public async Task TurnAsync(HarvestItem item, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            lock (sync)
            {
                if (item.Order == head)
                {
                    return;
                }

                next = changed.Task;
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what a file took.</summary>
    public void Release(HarvestItem item)
    {
        lock (sync)
        {
            used -= item.Taken;
            item.Taken = 0;
        }
    }

    /// <summary>Settles the first file: true when its bytes fit beside what is kept, which they then belong to.</summary>
    public bool TryKeep(HarvestItem item, long bytes)
    {
        lock (sync)
        {
            bool fits = kept + bytes <= limit;
            used += (fits ? bytes : 0) - item.Taken;
            kept += fits ? bytes : 0;
            item.Taken = 0;
            return fits;
        }
    }

    /// <summary>Says which file is the first now.</summary>
    public void MoveTo(int order)
    {
        lock (sync)
        {
            head = order;
            changed.SetResult();
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
