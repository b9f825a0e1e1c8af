using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>The options that say how a text is cut up to be scored.</summary>
/// <param name="whose">Whose cache <c>--kv-type</c> and its like are about, where that is not clear.</param>
sealed class ScoringValues(string whose = "")
{
    readonly KvValues kv = new(whose);
    readonly Option<int?> context = Values.Integer("--context", "Tokens of a chunk, whose second half is scored (default 512; 256 with the built-in model)", 4, 1 << 20, "-c");
    readonly Option<int?> chunks = Values.Integer("--chunks", "Most chunks to score (default: all)", 1);

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [context, chunks, .. kv.All];

    /// <summary>What was chosen.</summary>
    /// <param name="session">The run.</param>
    /// <param name="reference">The model as it was named.</param>
    /// <param name="model">The model.</param>
    /// <param name="cached">The model whose setup says how keys and values are kept, where that is another one.</param>
    public ScoringOptions Of(Session session, ModelReference reference, LanguageModel model, LanguageModel? cached = null)
    {
        int usual = reference.Path is null ? model.Configuration.ContextLength : new ScoringOptions().Context;
        int length = session.Value(context) ?? usual;
        CacheOptions cache = kv.Of(session, cached ?? model);
        ModelLoading.WarnPastTraining(session, model, Math.Min(length, cache.Reach ?? int.MaxValue));
        return new ScoringOptions(length, session.Value(chunks)) { Cache = cache };
    }
}
