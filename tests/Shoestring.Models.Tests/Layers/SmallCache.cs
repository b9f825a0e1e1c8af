using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Ways to keep keys and values, by the names of test cases.</summary>
static class SmallCache
{
    /// <summary>One that drops positions and sees sinks: memory that was planned for it serves all.</summary>
    public static CacheOptions Dropping { get; } = new() { Eviction = new StreamingOptions(100) };

    public static IReadOnlyDictionary<string, CacheOptions> All { get; } = new Dictionary<string, CacheOptions>(
        Enum.GetValues<KvFormat>().Select(f => KeyValuePair.Create(f.Name(), new CacheOptions { Format = f })))
    {
        ["4 sinks and 100"] = Dropping,
        ["no sinks and 64"] = new() { Format = KvFormat.F32, Eviction = new StreamingOptions(64, 0) },
        ["70 sinks and 65, q4_0"] = new() { Format = KvFormat.Q4_0, Eviction = new StreamingOptions(65, 70) },
        ["30 heavy hitters and 40"] = new() { Eviction = new HeavyHitterOptions(30, 40) },
        ["100 heavy hitters and 1, q8_0"] = new() { Format = KvFormat.Q8_0, Eviction = new HeavyHitterOptions(100, 1) },
        ["no heavy hitters and 50"] = new() { Eviction = new HeavyHitterOptions(0, 50) },
        ["50 at random and 50"] = new() { Eviction = new HeavyHitterOptions(50, 50) { Choice = KvChoice.Random } },
        ["4 sinks and 150, kivi2"] = new() { Format = KvFormat.Kivi2, Eviction = new StreamingOptions(150) },
    };

    /// <summary>Those that drop positions and that a model takes.</summary>
    public static IEnumerable<CacheOptions> Droppings(string shape) => All.Values.Where(cache => cache.Eviction switch
    {
        null => false,
        StreamingOptions => !SmallShape.Find(shape).IsGpt2,
        _ => SmallShape.Find(shape).Window == 0,
    });
}
