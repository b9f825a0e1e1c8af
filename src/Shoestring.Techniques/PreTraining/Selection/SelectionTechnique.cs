using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Selection: part of the training text, chosen by what a model says of it.</summary>
public static class SelectionTechnique
{
    static readonly SelectionOptions usual = new(SelectionScore.Random);

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("select", SurveyTree.ImportanceSampling, "trains on part of the text, chosen by loss, error, gradient or representativeness, or at random")
    {
        Papers =
        [
            new("Perplexed by Perplexity: Perplexity-Based Data Pruning With Small Reference Models", "2405.20541", 2024),
            new("Deep Learning on a Data Diet: Finding Important Examples Early in Training", "2107.07075", 2021),
            new("Not All Samples Are Created Equal: Deep Learning with Importance Sampling", "1803.00942", 2018),
            new("INGENIOUS: Using Informative Data Subsets for Efficient Pre-Training of Language Models", "2305.06677", 2023),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, true, "survey, section 4.2: fewer examples to the same quality; scores cost a forward pass of each, gradient norms a backward pass too"),
            new(Resource.Memory, Effect.Neutral, false, "the model and its step are the same"),
            new(Resource.Energy, Effect.Saves, false, "follows from fewer steps"),
            new(Resource.Money, Effect.Saves, false, "follows from fewer steps"),
            new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
        ],
        Options =
        [
            new("by", "random", "what decides: nothing (the control), the mean loss, ‖softmax − onehot‖₂, the norm of the gradient, or how well the chosen stand for all",
                ["random", "perplexity", "el2n", "gradient-norm", "facility-location"]),
            TechniqueOption.Of("share", usual.Share, "share that is kept (2405.20541, section 3)"),
            new("band", "auto", "part of the scores that is kept; auto is the middle by perplexity (2405.20541, table 1), the highest by el2n (2107.07075), and draws by gradient norm", ["auto", "lowest", "middle", "highest"]),
            TechniqueOption.Of("uniform", usual.UniformShare, "share of the draws by gradient norm that is spread evenly, which bounds their weights; a choice of ours"),
            new("proxy", "", "model that scores, with the same vocabulary; the one that is trained, as it begins, where none is given", []) { IsFile = true },
        ],
        Train = (methods, call) => methods with { Data = methods.Data with { Selections = [.. methods.Data.Selections, Options(call)] } },
    };

    static SelectionOptions Options(TechniqueCall call)
    {
        SelectionOptions how = new(call.Choice("by", ("random", SelectionScore.Random), ("perplexity", SelectionScore.Perplexity), ("el2n", SelectionScore.ErrorNorm),
            ("gradient-norm", SelectionScore.GradientNorm), ("facility-location", SelectionScore.FacilityLocation)));
        double share = call.Number("share", 0, 1);
        ScoreBand? band = call.Choice<ScoreBand?>("band", ("auto", null), ("lowest", ScoreBand.Lowest), ("middle", ScoreBand.Middle), ("highest", ScoreBand.Highest));
        return share > 0
            ? how with { Share = share, Band = band ?? how.Band, IsDrawn = how.IsDrawn && band is null, UniformShare = call.Number("uniform", 0, 1), Proxy = call.File("proxy") }
            : throw new InputException("a share of 0 leaves nothing to train on", "-t select", "give one above 0");
    }
}
