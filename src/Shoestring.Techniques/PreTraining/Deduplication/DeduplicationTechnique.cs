using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Deduplication: what a training text says twice is learned from once.</summary>
public static class DeduplicationTechnique
{
    static readonly NearDuplicateOptions near = new();

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("dedup", SurveyTree.ImportanceSampling, "takes equal documents, near-duplicates and repeated passages out of the training text")
    {
        Papers =
        [
            new("Deduplicating Training Data Makes Language Models Better", "2107.06499", 2021),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "the paper's section 6: fewer steps to the same or better accuracy"),
            new(Resource.Memory, Effect.Neutral, false, "the model and its step are the same"),
            new(Resource.Energy, Effect.Saves, false, "follows from fewer steps"),
            new(Resource.Money, Effect.Saves, false, "follows from fewer steps"),
            new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
        ],
        Options =
        [
            new("by", "exact", "what is looked for, with plus signs between: exact, minhash, suffix-array", []),
            TechniqueOption.Of("threshold", near.Threshold, "Jaccard similarity from which on documents are near-duplicates (the paper's section 4.2)"),
            TechniqueOption.Of("shingle", near.Shingle, "tokens of a shingle (the paper's appendix A)"),
            TechniqueOption.Of("bands", near.Bands, "bands of the signature, one of which must match; 20 of 10 rows find a similarity of 0.8 nine times in ten"),
            TechniqueOption.Of("rows", near.Rows, "rows of a band"),
            TechniqueOption.Of("length", ExactSubstrings.UsualLength, "shortest passage that counts as repeated, in tokens (the paper's section 4.1)"),
        ],
        Train = (methods, call) => methods with { Data = methods.Data with { Deduplication = Options(call, methods.Seed) } },
    };

    static DeduplicationOptions Options(TechniqueCall call, ulong seed)
    {
        IReadOnlyList<string> by = call.Words("by");
        if (by.Count == 0 || by.Any(word => word is not ("exact" or "minhash" or "suffix-array")))
        {
            throw new InputException($"by is '{call.Value("by")}'", "-t dedup", "give exact, minhash or suffix-array, or several with plus signs between");
        }

        NearDuplicateOptions alike = new()
        {
            Threshold = call.Number("threshold", 0, 1),
            Shingle = call.Integer("shingle", 1, 1000),
            Bands = call.Integer("bands", 1, 10_000),
            Rows = call.Integer("rows", 1, 1000),
            Seed = seed,
        };
        int length = call.Integer("length", 2, 1 << 20);
        return new DeduplicationOptions { Exact = by.Contains("exact"), Near = by.Contains("minhash") ? alike : null, SubstringLength = by.Contains("suffix-array") ? length : null };
    }
}
