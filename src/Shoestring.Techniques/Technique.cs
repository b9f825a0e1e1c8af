using System.Globalization;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>What a technique does to a resource.</summary>
public enum Effect
{
    /// <summary>Less of it is needed.</summary>
    Saves,

    /// <summary>More of it is needed.</summary>
    Costs,

    /// <summary>Nothing is claimed, or it stays as it is.</summary>
    Neutral,
}

/// <summary>What is claimed of a technique for one resource (the survey's section 8, with a sign).</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Effect">Whether it is saved.</param>
/// <param name="IsDirect">Whether the technique itself does it, rather than something that follows from it.</param>
/// <param name="Basis">Who claims it and why.</param>
public sealed record ResourceClaim(Resource Resource, Effect Effect, bool IsDirect, string Basis);

/// <summary>Who can read the file that a technique gives.</summary>
public enum ModelLayout
{
    /// <summary>Plain GGUF, which llama.cpp loads too.</summary>
    Gguf,

    /// <summary>GGUF with tensors that only this engine reads; see <see cref="ShoestringLayout"/>.</summary>
    Shoestring,
}

/// <summary>A publication.</summary>
/// <param name="Title">Its title.</param>
/// <param name="ArxivId">Its arXiv identifier.</param>
/// <param name="Year">When it appeared.</param>
public sealed record Paper(string Title, string ArxivId, int Year)
{
    /// <summary>Where to read it.</summary>
    public string Address => $"https://arxiv.org/abs/{ArxivId}";
}

/// <summary>An option of a technique, given as <c>name=value</c>.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Default">What holds when it is not given.</param>
/// <param name="Description">What it does, and where the default comes from.</param>
/// <param name="Values">The values that it takes; empty where they are not a short list.</param>
public sealed record TechniqueOption(string Name, string Default, string Description, IReadOnlyList<string> Values)
{
    /// <summary>Whether its value is a file's path: what stands there decides on the result too. An empty default means none.</summary>
    public bool IsFile { get; init; }

    /// <summary>One that is a number, with its default as it stands in an options record.</summary>
    public static TechniqueOption Of(string name, double usual, string description) => new(name, usual.ToString("R", CultureInfo.InvariantCulture), description, []);
}

/// <summary>A method of the survey that a user applies to a model: its place, its claims and its options.</summary>
/// <param name="Id">The method's own name, in lower case with hyphens.</param>
/// <param name="Family">Its place in the survey's tree.</param>
/// <param name="Summary">What it does, in one line.</param>
public sealed record Technique(string Id, SurveyFamily Family, string Summary)
{
    /// <summary>What it is described in.</summary>
    public required IReadOnlyList<Paper> Papers { get; init; }

    /// <summary>One claim for each of the five resources.</summary>
    public required IReadOnlyList<ResourceClaim> Claims { get; init; }

    /// <summary>Adds what it does to what is to be done; nothing happens yet. Throws an <see cref="Tensors.InputException"/> where it cannot be applied.</summary>
    public Func<GgufRewrite, TechniqueCall, GgufRewrite> Apply { get; init; } = static (rewrite, _) => rewrite;

    /// <summary>How keys and values are kept with it, or null where that does not change; the setup in the model's file carries it to whoever runs it.</summary>
    public Func<TechniqueCall, CacheOptions, CacheOptions>? Cache { get; init; }

    /// <summary>Adds what it does to how a model is trained, or null where it does not train. Throws an <see cref="Tensors.InputException"/> where it cannot.</summary>
    public Func<TrainingMethods, TechniqueCall, TrainingMethods>? Train { get; init; }

    /// <summary>Who can read the files that it gives.</summary>
    public ModelLayout Layout { get; init; }

    /// <summary>Its options.</summary>
    public IReadOnlyList<TechniqueOption> Options { get; init; } = [];
}
