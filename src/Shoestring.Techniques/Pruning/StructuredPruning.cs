using Shoestring.Metering;

namespace Shoestring.Techniques;

/// <summary>What techniques of structured pruning have in common: the survey's claims.</summary>
static class StructuredPruning
{
    /// <summary>The survey's row "structured pruning".</summary>
    public static IReadOnlyList<ResourceClaim> Claims { get; } =
    [
        new(Resource.Computation, Effect.Saves, true, "survey, table 2: smaller matrices, with dense kernels"),
        new(Resource.Memory, Effect.Saves, true, "survey, table 2: fewer weights to keep"),
        new(Resource.Energy, Effect.Saves, true, "survey, table 2: fewer operations and bytes"),
        new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Communication, Effect.Neutral, false, "survey, table 2 has no mark"),
    ];
}
