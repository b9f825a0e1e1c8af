using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>What a model is to predict: what comes next, what is masked, or what stands in the middle.</summary>
public static class ObjectiveTechnique
{
    static readonly MaskingOptions masking = new();
    static readonly FillInTheMiddleOptions middle = new();

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("objective", SurveyTree.TrainingObjective, "trains on what comes next, on masked tokens, or on middles that were moved to the end")
    {
        Papers =
        [
            new("Efficient Training of Language Models to Fill in the Middle", "2207.14255", 2022),
            new("BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", "1810.04805", 2018),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Neutral, false, "2207.14255, section 4: what is gained costs nothing"),
            new(Resource.Memory, Effect.Neutral, false, "the model and its step are the same"),
            new(Resource.Energy, Effect.Neutral, false, "nothing is claimed"),
            new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
            new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
        ],
        Options =
        [
            new("kind", "causal", "what is to be predicted", ["causal", "masked", "fill-in-the-middle"]),
            new("rate", "auto", "share of tokens that are masked (auto 0.15; 1810.04805, section 3.1), or of documents whose middle is moved (auto 0.5; 2207.14255)", []),
            new("piece", "auto", "piece that masks; auto is the unknown piece, or the end of text where there is none", []),
            TechniqueOption.Of("suffix-first", middle.SuffixFirstShare, "share of moved documents whose suffix comes first (2207.14255)"),
            new("marks", string.Join('+', middle.PrefixPiece, middle.SuffixPiece, middle.MiddlePiece), "pieces that mark prefix, suffix and middle", []),
        ],
        Train = (methods, call) => methods with { Data = Add(methods.Data, call) },
    };

    static DataMethods Add(DataMethods data, TechniqueCall call)
    {
        string kind = call.Choice("kind", ("causal", "causal"), ("masked", "masked"), ("fill-in-the-middle", "fill-in-the-middle"));
        double? rate = call.Value("rate") == "auto" ? null : call.Number("rate", 0, 1);
        IReadOnlyList<string> marks = call.Words("marks");
        if (marks.Count != 3)
        {
            throw new InputException($"marks are '{call.Value("marks")}'", "-t objective", "give three pieces with plus signs between");
        }

        double suffixFirst = call.Number("suffix-first", 0, 1);
        string? piece = Piece(call);
        return kind switch
        {
            "masked" => data with { Masking = new MaskingOptions { Rate = rate ?? masking.Rate, Piece = piece } },
            "fill-in-the-middle" => data with
            {
                FillInTheMiddle = new FillInTheMiddleOptions { Rate = rate ?? middle.Rate, SuffixFirstShare = suffixFirst, PrefixPiece = marks[0], SuffixPiece = marks[1], MiddlePiece = marks[2] },
            },
            _ => data with { Masking = null, FillInTheMiddle = null },
        };
    }

    /// <summary>The piece that hides tokens; null to leave it to the vocabulary.</summary>
    internal static string? Piece(TechniqueCall call) => call.Value("piece") is var piece && piece == "auto" ? null : piece;
}
