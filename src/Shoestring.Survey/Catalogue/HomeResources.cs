using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>
/// The resources that a family saves, by the survey's table 2 (arXiv 2401.00625v4, section 8), directly or indirectly; where the
/// table has several rows for a leaf, what any of them saves. Leaves without a row there follow the techniques' own claims here.
/// </summary>
public static class HomeResources
{
    static readonly Dictionary<string, string> saved = new(StringComparer.Ordinal)
    {
        ["Approximated attention"] = "CMED",
        ["Hardware-aware attention"] = "CMED",
        ["Modular network"] = "CMED",
        ["Other architecture"] = "CMED",
        ["Distributed training"] = "CMN",
        ["Mixed precision training"] = "CMEN",
        ["Training objective"] = "CD",
        ["Data augmentation"] = "CD",
        ["Adapter-based"] = "CM",
        ["Masking-based"] = "CM",
        ["Full-parameter fine-tuning"] = "CMD",
        ["Pruning"] = "CME",
        ["Quantization"] = "CMEN",
        ["Knowledge distillation"] = "CM",
        ["Low-rank approximation"] = "CM",
        ["Early exit"] = "CED",
        ["Input pruning"] = "CD",
        ["Token parallelism"] = "CD",
        ["Hardware offloading"] = "MD",
        ["Collaborative inference"] = "CMDN",
    };

    /// <summary>The resources saved by a paper of these homes, in the order of <see cref="Resource"/>.</summary>
    public static IReadOnlyList<Resource> Of(IEnumerable<SurveyFamily> homes) => [.. homes.SelectMany(Of).Distinct().Order()];

    static IEnumerable<Resource> Of(SurveyFamily home) => saved.TryGetValue(home.Name, out string? letters)
        ? letters.Select(Letter)
        : TechniqueList.All.Where(technique => technique.Family == home).SelectMany(technique => technique.Claims)
            .Where(claim => claim.Effect == Effect.Saves).Select(claim => claim.Resource);

    static Resource Letter(char letter) => letter switch
    {
        'C' => Resource.Computation,
        'M' => Resource.Memory,
        'E' => Resource.Energy,
        'D' => Resource.Money,
        _ => Resource.Communication,
    };
}
