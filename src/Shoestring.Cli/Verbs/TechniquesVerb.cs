using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Lists the survey's tree and what is there of it, or tells all of one technique.</summary>
sealed class TechniquesVerb : Verb
{
    readonly Argument<string?> id = new("ID") { Description = "A technique, to be told all of it", Arity = ArgumentArity.ZeroOrOne };

    public TechniquesVerb() : base("techniques", "List the survey's techniques: what each claims, its options, its papers",
        new Example("shoestring techniques", "the whole tree"),
        new Example("shoestring techniques quantize", "one technique: claims, options, papers")) => Add(id);

    public override Answer Run(Session session)
    {
        Technique? one = session.Value(id) is { } name ? TechniqueList.Find(name) : null;
        return new Answer(new WorkReport(new Work("techniques")), Fields)
        {
            Text = output =>
            {
                if (one is null)
                {
                    Tree(output);
                }
                else
                {
                    Page(output, session.Host, one);
                }
            },
        };

        void Fields(Utf8JsonWriter writer) =>
            writer.Objects("techniques", one is null ? TechniqueList.All : [one], technique => TechniqueFields.Write(writer, technique));
    }

    static void Tree(TextWriter output)
    {
        foreach (var stage in SurveyTree.Families.GroupBy(family => family.Stage))
        {
            output.WriteLine(stage.Key);
            foreach (var group in stage.GroupBy(family => family.Group))
            {
                output.WriteLine($"  {group.Key}");
                foreach (SurveyFamily family in group)
                {
                    Family(output, family);
                }
            }
        }
    }

    static void Family(TextWriter output, SurveyFamily family)
    {
        if (family.Name != family.Group)
        {
            output.WriteLine($"    {family.Name}");
        }

        foreach (Technique technique in TechniqueList.All.Where(technique => technique.Family == family))
        {
            output.WriteLine($"      {technique.Id}: {technique.Summary}");
            output.WriteLine($"        claims: {string.Join(", ", technique.Claims.Where(claim => claim.Effect != Effect.Neutral).Select(Short))}");
        }
    }

    static void Page(TextWriter output, Host host, Technique technique)
    {
        output.WriteLine($"{technique.Id}: {technique.Summary}");
        output.WriteLine($"{technique.Family.Stage} › {technique.Family.Group} › {technique.Family.Name}");
        if (technique.Layout == ModelLayout.Shoestring)
        {
            output.WriteLine("Its files are read by this engine alone (architecture shoestring.*).");
        }

        var claims = new TextTable("Resource", "Claim", "Basis");
        foreach (ResourceClaim claim in technique.Claims)
        {
            claims.Row(TechniqueFields.Name(claim.Resource), Words(claim), claim.Basis);
        }

        output.WriteLine();
        claims.Write(output, host);
        output.WriteLine();
        output.WriteLine("Options");
        foreach (TechniqueOption option in technique.Options)
        {
            output.WriteLine($"  {option.Name}={option.Default}: {option.Description}");
            output.WriteLine($"    {string.Join(' ', option.Values)}");
        }

        output.WriteLine();
        output.WriteLine("Papers");
        foreach (Paper paper in technique.Papers)
        {
            output.WriteLine($"  {paper.Title} ({paper.Year}), {paper.Address}");
        }
    }

    static string Short(ResourceClaim claim) =>
        $"{TechniqueFields.Name(claim.Effect)} {TechniqueFields.Name(claim.Resource)}{(claim.IsDirect ? "" : " (indirectly)")}";

    static string Words(ResourceClaim claim) => claim.Effect == Effect.Neutral
        ? "neutral"
        : $"{TechniqueFields.Name(claim.Effect)} {(claim.IsDirect ? "directly" : "indirectly")}";
}
