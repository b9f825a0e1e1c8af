using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Augmentation: changed copies of texts, and tokens that are hidden.</summary>
public static class AugmentationTechniques
{
    static readonly AugmentationOptions copies = new();
    static readonly TokenDropoutOptions dropout = new();

    /// <summary>Easy data augmentation.</summary>
    public static Technique Eda { get; } = new("eda", SurveyTree.DataAugmentation, "adds copies of texts with words exchanged, repeated and left out")
    {
        Papers = [new("EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification Tasks", "1901.11196", 2019)],
        Claims = Claims("more text of the same source: the paper's section 3 claims quality on small sets, not cost"),
        Options =
        [
            TechniqueOption.Of("copies", copies.Copies, "changed copies of each text; a choice of ours, the paper makes 4 to 16 of small sets (table 3)"),
            TechniqueOption.Of("swap", copies.Swap, "pairs of words that are exchanged, as a share of the words (the paper's section 3.3)"),
            TechniqueOption.Of("insert", copies.Insert, "words that are said once more, as a share"),
            TechniqueOption.Of("delete", copies.Delete, "how likely each word is to be left out"),
        ],
        Train = (methods, call) => methods with
        {
            Data = methods.Data with
            {
                Augmentation = new AugmentationOptions { Copies = call.Integer("copies", 1, 1000), Swap = call.Number("swap", 0, 1), Insert = call.Number("insert", 0, 1), Delete = call.Number("delete", 0, 1) },
            },
        },
    };

    /// <summary>Token dropout.</summary>
    public static Technique TokenDropout { get; } = new("token-dropout", SurveyTree.DataAugmentation, "hides some of the tokens that are read, and has all predicted")
    {
        Papers = [new("Generating Sentences from a Continuous Space", "1511.06349", 2015)],
        Claims = Claims("regularization: the paper's section 3.1 claims no cost"),
        Options =
        [
            TechniqueOption.Of("rate", dropout.Rate, "how often a token is hidden; a choice of ours"),
            new("piece", "auto", "piece that stands in its place; auto is the unknown piece, or the end of text where there is none", []),
        ],
        Train = (methods, call) => methods with
        {
            Data = methods.Data with { TokenDropout = new TokenDropoutOptions { Rate = call.Number("rate", 0, 1), Piece = ObjectiveTechnique.Piece(call) } },
        },
    };

    /// <summary>Both.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Eda, TokenDropout];

    static IReadOnlyList<ResourceClaim> Claims(string basis) =>
    [
        new(Resource.Computation, Effect.Neutral, false, basis),
        new(Resource.Memory, Effect.Neutral, false, "the model and its step are the same"),
        new(Resource.Energy, Effect.Neutral, false, "nothing is claimed"),
        new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
        new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
    ];
}
