using System.Collections.Concurrent;

namespace Shoestring.Survey;

/// <summary>Politeness to one site: so many requests at a time, so far apart, and none while it asks to wait.</summary>
sealed class HostGate(int slots, TimeSpan interval, TimeProvider clock) : IDisposable
{
    readonly SemaphoreSlim free = new(slots, slots);
    readonly Lock turn = new();
    readonly long origin = clock.GetTimestamp();
    TimeSpan spacing = interval;
    TimeSpan next;

    /// <summary>Waits for one of the slots.</summary>
    public Task EnterAsync(CancellationToken cancellation) => free.WaitAsync(cancellation);

    /// <summary>Gives it back.</summary>
    public void Leave() => free.Release();

    /// <summary>Waits until the next request may be sent.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (turn)
        {
            TimeSpan now = clock.GetElapsedTime(origin);
            TimeSpan at = next > now ? next : now;
            next = at + spacing;
            wait = at - now;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets nothing be sent for a while.</summary>
    public void Pause(TimeSpan time)
    {
        lock (turn)
        {
            TimeSpan until = clock.GetElapsedTime(origin) + time;
            next = until > next ? until : next;
        }
    }

    /// <summary>Keeps requests at least so far apart.</summary>
    public void SlowDown(TimeSpan least)
    {
        lock (turn)
        {
            spacing = least > spacing ? least : spacing;
        }
    }

    public void Dispose() => free.Dispose();
}

/// <summary>The gates of all sites.</summary>
sealed class HostGates(HarvestOptions options) : IDisposable
{
    readonly ConcurrentDictionary<string, HostGate> gates = new();

    public HostGate Of(Uri address) => gates.GetOrAdd(WebAddress.Site(address), _ => new HostGate(
        options.PerHost, options.Rate is { } rate ? TimeSpan.FromSeconds(1 / rate) : TimeSpan.Zero, options.Clock));

    public void Dispose()
    {
        foreach (HostGate gate in gates.Values)
        {
            gate.Dispose();
        }
    }
}
