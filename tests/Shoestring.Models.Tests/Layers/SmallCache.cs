using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Ways to keep keys and values, by the names of test cases.</summary>
static class SmallCache
{
    /// <summary>One that drops positions and sees sinks: memory that was planned for it serves all.</summary>
    public static CacheOptions Dropping { get; } = new() { Eviction = new EvictionOptions(100) };

    public static IReadOnlyDictionary<string, CacheOptions> All { get; } = Enum.GetValues<KvFormat>().ToDictionary(f => f.Name(), f => new CacheOptions { Format = f });
}
