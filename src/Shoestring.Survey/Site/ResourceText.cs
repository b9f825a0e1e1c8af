using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>The five resources and what is claimed of them, in words.</summary>
static class ResourceText
{
    /// <summary>The resources in the survey's order.</summary>
    public static IReadOnlyList<Resource> All { get; } = [Resource.Computation, Resource.Memory, Resource.Energy, Resource.Money, Resource.Communication];

    /// <summary>A resource's name.</summary>
    public static string Name(Resource resource) => resource switch
    {
        Resource.Computation => "Computation",
        Resource.Memory => "Memory",
        Resource.Energy => "Energy",
        Resource.Money => "Money",
        _ => "Communication",
    };

    /// <summary>A claim as a coloured word, with its way.</summary>
    public static Html Claim(ResourceClaim claim) => claim.Effect switch
    {
        Effect.Saves => Html.Of($"""<span class="sign saves">saves</span> <span class="way">{Way(claim)}</span>"""),
        Effect.Costs => Html.Of($"""<span class="sign costs">costs</span> <span class="way">{Way(claim)}</span>"""),
        _ => new Html("""<span class="sign neutral">neutral</span>"""),
    };

    static string Way(ResourceClaim claim) => claim.IsDirect ? "directly" : "indirectly";
}
