namespace Shoestring.Ablations;

/// <summary>What an arm begins with.</summary>
enum Beginning
{
    /// <summary>A new model.</summary>
    Nothing,

    /// <summary>A model that was trained for a while on the same training documents.</summary>
    Trained,
}

/// <summary>One way to train, held against the first arm of its group.</summary>
/// <param name="Group">What is compared.</param>
/// <param name="Name">The arm.</param>
/// <param name="Methods">Its techniques, in the words of the command line.</param>
sealed record Arm(string Group, string Name, params string[] Methods)
{
    /// <summary>What it begins with.</summary>
    public Beginning Beginning { get; init; }

    /// <summary>Whether parts of the text are said several times.</summary>
    public bool HasCopies { get; init; }

    /// <summary>The format that the model is written in before it is judged, or null to judge it as it is.</summary>
    public string? Written { get; init; }
}

/// <summary>An arm with a seed.</summary>
sealed record CellPlan(Arm Arm, int Seed);

/// <summary>The arms, declared before any was run. The first of a group is its control.</summary>
static class AblationPlan
{
    /// <summary>Updates of a run.</summary>
    public const int UsualSteps = 300;

    const int UsualSeeds = 3, DistillationSeeds = 5;

    // Pieces of bytes that no text has.
    const string Marks = "marks=Ā+ā+Ă";

    /// <summary>The arms.</summary>
    public static IReadOnlyList<Arm> Arms { get; } =
    [
        new("order", "plain"),
        new("order", "curriculum by rarity", "curriculum:by=rarity"),
        new("order", "curriculum by length", "curriculum:by=length"),
        new("order", "curriculum by perplexity of a trained model", "curriculum:by=perplexity,proxy=start"),
        new("order", "length warmup", "length-warmup"),
        new("order", "fill in the middle", $"objective:kind=fill-in-the-middle,{Marks}"),
        .. Selection("random"), .. Selection("perplexity,band=lowest"), .. Selection("perplexity"), .. Selection("perplexity,band=highest"),
        .. Selection("el2n"), .. Selection("gradient-norm"), .. Selection("facility-location"),
        new("little text", "plain", "select:share=0.1"),
        new("little text", "eda, one copy", "select:share=0.1", "eda"),
        new("little text", "eda, four copies", "select:share=0.1", "eda:copies=4"),
        new("little text", "token dropout 0.1", "select:share=0.1", "token-dropout"),
        new("little text", "token dropout 0.3", "select:share=0.1", "token-dropout:rate=0.3"),
        new("copied text", "plain") { HasCopies = true },
        new("copied text", "exact", "dedup") { HasCopies = true },
        new("copied text", "exact and minhash", "dedup:by=exact+minhash,threshold=0.5,bands=30,rows=4,shingle=3") { HasCopies = true },
        new("copied text", "suffix array", "dedup:by=suffix-array,length=20") { HasCopies = true },
        new("distillation", "plain"),
        new("distillation", "forward, alpha 0.5", "distil:teacher=teacher"),
        new("distillation", "forward, alpha 1", "distil:teacher=teacher,alpha=1"),
        new("distillation", "reverse, alpha 0.5", "distil:teacher=teacher,divergence=reverse"),
        new("four bits", "rounded afterwards") { Beginning = Beginning.Trained, Written = "Q4_0" },
        new("four bits", "qat", "qat:format=Q4_0") { Beginning = Beginning.Trained, Written = "Q4_0" },
        new("half of the weights in four bits", "rounded afterwards") { Beginning = Beginning.Trained, Written = "S24_4" },
        new("half of the weights in four bits", "qat", "qat:format=S24_4") { Beginning = Beginning.Trained, Written = "S24_4" },
    ];

    static IEnumerable<Arm> Selection(string by) => [new("half of the text", by, $"select:share=0.5,by={by}") { Beginning = Beginning.Trained }];

    /// <summary>All cells, seed by seed, so that a run that is stopped has pairs.</summary>
    public static IEnumerable<CellPlan> Cells(string? group, int? seeds) => Enumerable.Range(0, seeds ?? DistillationSeeds)
        .SelectMany(seed => Arms.Where(arm => (group is null || arm.Group == group) && seed < (seeds ?? Seeds(arm))).Select(arm => new CellPlan(arm, seed)));

    static int Seeds(Arm arm) => arm.Group == "distillation" ? DistillationSeeds : UsualSeeds;
}
