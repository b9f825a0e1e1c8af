using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>A technique in JSON.</summary>
static class TechniqueFields
{
    /// <summary>Writes its fields.</summary>
    public static void Write(Utf8JsonWriter writer, Technique technique)
    {
        writer.WriteString("id", technique.Id);
        writer.WriteString("stage", technique.Family.Stage);
        writer.WriteString("group", technique.Family.Group);
        writer.WriteString("family", technique.Family.Name);
        writer.WriteString("summary", technique.Summary);
        writer.WriteString("layout", technique.Layout == ModelLayout.Gguf ? "gguf" : "shoestring");
        writer.Objects("claims", technique.Claims, claim =>
        {
            writer.WriteString("resource", Name(claim.Resource));
            writer.WriteString("effect", Name(claim.Effect));
            writer.WriteBoolean("direct", claim.IsDirect);
            writer.WriteString("basis", claim.Basis);
        });
        writer.Objects("options", technique.Options, option =>
        {
            writer.WriteString("name", option.Name);
            writer.WriteString("default", option.Default);
            writer.WriteString("description", option.Description);
            writer.Strings("values", option.Values);
        });
        writer.Objects("papers", technique.Papers, paper =>
        {
            writer.WriteString("title", paper.Title);
            writer.WriteString("arxivId", paper.ArxivId);
            writer.WriteNumber("year", paper.Year);
        });
    }

    /// <summary>The resource's name.</summary>
    public static string Name(Resource resource) => resource switch
    {
        Resource.Computation => "computation",
        Resource.Memory => "memory",
        Resource.Energy => "energy",
        Resource.Money => "money",
        _ => "communication",
    };

    /// <summary>The effect's name.</summary>
    public static string Name(Effect effect) => effect switch
    {
        Effect.Saves => "saves",
        Effect.Costs => "costs",
        _ => "neutral",
    };
}
