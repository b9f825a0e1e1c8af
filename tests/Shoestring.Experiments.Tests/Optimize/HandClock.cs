namespace Shoestring.Experiments.Tests;

/// <summary>A clock that stands still until it is moved.</summary>
sealed class HandClock : TimeProvider
{
    TimeSpan passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => passed.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) + passed;

    public void Advance(TimeSpan time) => passed += time;
}
