using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Curricula: easy examples first, or short ones.</summary>
public static class CurriculumTechniques
{
    static readonly CurriculumOptions order = new();
    static readonly LengthWarmupOptions lengths = new();

    /// <summary>An order of the first epoch.</summary>
    public static Technique Curriculum { get; } = new("curriculum", SurveyTree.ImportanceSampling, "draws the first epoch's examples from the easiest on, a growing share at a time")
    {
        Papers = [new("Competence-based Curriculum Learning for Neural Machine Translation", "1903.09848", 2019)],
        Claims = Claims("the paper's section 4: fewer steps to the same quality"),
        Options =
        [
            new("by", "rarity", "what is hard: rare tokens, many tokens, or a high loss (1903.09848, section 3.2; the loss is a choice of ours)", ["rarity", "length", "perplexity"]),
            TechniqueOption.Of("start", order.Start, "share of the easiest examples that is drawn from at first (1903.09848)"),
            new("proxy", "", "model whose loss counts, with the same vocabulary; the one that is trained, as it begins, where none is given", []) { IsFile = true },
        ],
        Train = (methods, call) => methods with
        {
            Data = methods.Data with
            {
                Curriculum = new CurriculumOptions
                {
                    By = call.Choice("by", ("rarity", Difficulty.Rarity), ("length", Difficulty.Length), ("perplexity", Difficulty.Perplexity)),
                    Start = call.Number("start", 1e-6, 1),
                    Proxy = call.File("proxy"),
                },
            },
        },
    };

    /// <summary>Short documents first.</summary>
    public static Technique LengthWarmup { get; } = new("length-warmup", SurveyTree.ImportanceSampling, "cuts documents short at first and lets them grow to the whole context")
    {
        Papers = [new("The Stability-Efficiency Dilemma: Investigating Sequence Length Warmup for Training GPT Models", "2108.06084", 2021)],
        Claims = Claims("the paper's section 5: larger batches and rates stay stable, fewer steps to the same quality"),
        Options =
        [
            TechniqueOption.Of("start", lengths.Start, "tokens of the first step's documents (2108.06084, section 4)"),
            TechniqueOption.Of("share", lengths.Share, "share of the run after which they are whole; a choice of ours, the paper tunes it"),
        ],
        Train = (methods, call) => methods with
        {
            Data = methods.Data with { LengthWarmup = new LengthWarmupOptions { Start = call.Integer("start", 1, 1 << 20), Share = call.Number("share", 0, 1) } },
        },
    };

    /// <summary>Both.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Curriculum, LengthWarmup];

    static IReadOnlyList<ResourceClaim> Claims(string basis) =>
    [
        new(Resource.Computation, Effect.Saves, false, basis),
        new(Resource.Memory, Effect.Neutral, false, "the model and its step are the same"),
        new(Resource.Energy, Effect.Saves, false, "follows from fewer steps"),
        new(Resource.Money, Effect.Saves, false, "follows from fewer steps"),
        new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
    ];
}
