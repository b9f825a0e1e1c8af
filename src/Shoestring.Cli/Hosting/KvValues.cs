using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>The options that say how keys and values are kept.</summary>
/// <param name="whose">Whose cache it is, as " of OTHER", where that is not clear.</param>
sealed class KvValues(string whose = "")
{
    readonly Option<KvFormat?> type = new("--kv-type")
    {
        Description = $"Format of the key-value cache{whose}: {string.Join(", ", KvFormats.Names)} (default f16)",
        HelpName = "TYPE",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (KvFormats.TryParse(text, out KvFormat format))
            {
                return format;
            }

            result.AddError($"--kv-type is '{text}'; give one of {string.Join(", ", KvFormats.Names)}");
            return null;
        },
    };

    readonly Option<int?> window = Values.Integer("--kv-window", "Keep only the latest N positions beside the sinks, so that the cache stops growing (default: keep all)", 1, 1 << 24);
    readonly Option<int?> sinks = Values.Integer("--sinks", $"First positions that --kv-window never drops (default {StreamingOptions.UsualSinks})", 0, 1 << 20);

    readonly Option<int?> heavyHitters = Values.Integer("--heavy-hitters", "Beside --kv-window keep the N positions that drew the most attention, in place of sinks", 1, 1 << 24);

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [type, window, sinks, heavyHitters];

    /// <summary>What was chosen, or else what the model's setup says, with a line about that.</summary>
    /// <exception cref="InputException">What was chosen makes no sense, or the setup is none that this version knows.</exception>
    public CacheOptions Of(Session session, LanguageModel model)
    {
        CacheOptions chosen = Of(session);
        bool isGiven = session.Value(type) is not null || session.Value(window) is not null;
        if (RunSetup.Of(model) is not { Cache: { } cache } setup || (isGiven && cache.Sparsity == 0))
        {
            return chosen;
        }

        session.Note($"{model.Path} asks for {string.Join(" + ", setup.CacheCalls)}{(isGiven ? "; keys and values are kept as given here" : "")}");
        return isGiven ? chosen with { Sparsity = cache.Sparsity } : cache;
    }

    /// <summary>What was chosen.</summary>
    /// <exception cref="InputException">There are sinks or heavy hitters and no window, or both.</exception>
    public CacheOptions Of(Session session)
    {
        foreach (Option<int?> beside in (Option<int?>[])[sinks, heavyHitters])
        {
            if (session.Value(beside) is not null && session.Value(window) is null)
            {
                throw new InputException("these are kept beside a window, and none is given", beside.Name, "give --kv-window too");
            }
        }

        if (session.Value(sinks) is not null && session.Value(heavyHitters) is not null)
        {
            throw new InputException("sinks are given too", heavyHitters.Name, "give one of the two: sinks are heavy hitters by themselves");
        }

        return new CacheOptions
        {
            Format = session.Value(type) ?? KvFormat.F16,
            Eviction = session.Value(window) is not { } latest ? null
                : session.Value(heavyHitters) is { } hitters ? new HeavyHitterOptions(hitters, latest)
                : new StreamingOptions(latest, session.Value(sinks) ?? StreamingOptions.UsualSinks),
        };
    }
}
