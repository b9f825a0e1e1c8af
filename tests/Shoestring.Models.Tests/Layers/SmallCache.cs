using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Ways to keep keys and values, by the names of test cases.</summary>
static class SmallCache
{
    /// <summary>One that drops positions and sees sinks: memory that was planned for it serves all.</summary>
    public static CacheOptions Dropping { get; } = new() { Eviction = new EvictionOptions(100) };

    public static IReadOnlyDictionary<string, CacheOptions> All { get; } = new Dictionary<string, CacheOptions>(
        Enum.GetValues<KvFormat>().Select(f => KeyValuePair.Create(f.Name(), new CacheOptions { Format = f })))
    {
        ["4 sinks and 100"] = Dropping,
        ["no sinks and 64"] = new() { Format = KvFormat.F32, Eviction = new EvictionOptions(64, 0) },
        ["70 sinks and 65, q4_0"] = new() { Format = KvFormat.Q4_0, Eviction = new EvictionOptions(65, 70) },
        ["4 sinks and 150, kivi2"] = new() { Format = KvFormat.Kivi2, Eviction = new EvictionOptions(150) },
    };
}
