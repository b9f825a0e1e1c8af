using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Where the sections of the known lists stand in the survey's tree.</summary>
public static class SectionHomes
{
    // Read from the innermost heading outwards; the first that is known decides. Keywords refine what a heading leaves open.
    static readonly (string Words, string Leaf)[] sections =
    [
        ("hardware aware attention", "Hardware-aware attention"), ("hardware optimized attention", "Hardware-aware attention"),
        ("approximate attention", "Approximated attention"), ("approximated attention", "Approximated attention"),
        ("modular network", "Modular network"), ("mixture of experts", "Modular network"), ("other architecture", "Other architecture"),
        ("non transformer architecture", "Other architecture"),
        ("distributed training", "Distributed training"), ("mixed precision training", "Mixed precision training"),
        ("importance sampling", "Importance sampling"), ("data augmentation", "Data augmentation"), ("training objective", "Training objective"),
        ("peft masking based", "Masking-based"), ("peft adapter based", "Adapter-based"), ("masking based", "Masking-based"), ("adapter based", "Adapter-based"),
        ("full parameter fine tuning", "Full-parameter fine-tuning"),
        ("kv cache compression", "Key-value cache compression"), ("key value cache compression", "Key-value cache compression"),
        ("pruning and sparsity", "Pruning"), ("input pruning", "Input pruning"), ("efficient prompting", "Input pruning"), ("prompt compression", "Input pruning"),
        ("pruning", "Pruning"), ("quantization", "Quantization"),
        ("knowledge distillation", "Knowledge distillation"), ("distillation", "Knowledge distillation"), ("kd", "Knowledge distillation"),
        ("low rank approximation", "Low-rank approximation"), ("early exit", "Early exit"), ("token parallelism", "Token parallelism"),
        ("speculative decoding", "Token parallelism"),
        ("hardware offloading", "Hardware offloading"), ("collaborative inference", "Collaborative inference"),
        ("deployment optimization", "Hardware offloading"), ("libraries", "Libraries"), ("edge devices", "Edge devices"), ("other systems", "Other systems"),
    ];

    static readonly (string Words, string Leaf)[] keywords =
    [
        ("mixture of experts", "Modular network"), ("approximate attention", "Approximated attention"), ("lora based", "Adapter-based"),
        ("masking based", "Masking-based"), ("collaborative inference", "Collaborative inference"), ("hardware offloading", "Hardware offloading"),
        ("libraries", "Libraries"), ("edge devices", "Edge devices"),
    ];

    static readonly Dictionary<string, SurveyFamily> byName = SurveyTree.Families.ToDictionary(family => family.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The family's name in the catalogue: leaf names are unique in the tree.</summary>
    public static string Name(SurveyFamily family) => family.Name;

    /// <summary>The family of that name.</summary>
    /// <exception cref="FormatException">The tree has none.</exception>
    public static SurveyFamily Named(string name) =>
        byName.TryGetValue(name, out SurveyFamily? family) ? family : throw new FormatException($"the survey's tree has no leaf '{name}'");

    /// <summary>The family of that name, or null.</summary>
    public static SurveyFamily? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The homes of an entry by its own words, its section and its keywords; empty where those say nothing of the tree.</summary>
    public static IReadOnlyList<SurveyFamily> Of(SourceEntry entry)
    {
        if (entry.Homes.Count > 0)
        {
            return entry.Homes;
        }

        string[] headings = [.. (entry.Section ?? "").Split(" > ").Reverse()];
        SurveyFamily? home = headings.Select(heading => Match(heading, sections)).FirstOrDefault(leaf => leaf is not null) is { } leaf ? byName[leaf] : null;
        return Refined(entry, home, headings) is { } refined ? [refined] : [];
    }

    // What the survey's own list files under one heading stands under two leaves of the tree, told apart by its keywords.
    static SurveyFamily? Refined(SourceEntry entry, SurveyFamily? home, string[] headings)
    {
        string words = string.Join(' ', TitleText.Words(string.Join(' ', entry.Keywords)));
        string innermost = string.Join(' ', TitleText.Words(headings[0]));
        return innermost switch
        {
            "efficient transformer architecture" => byName[words.Contains("hardware", StringComparison.Ordinal) ? "Hardware-aware attention" : "Approximated attention"],
            "non transformer architecture" or "parameter efficient fine tuning" or "deployment optimization" or "support infrastructure" =>
                Match(words, keywords) is { } leaf ? byName[leaf] : home,
            _ => home,
        };
    }

    static string? Match(string heading, (string Words, string Leaf)[] table)
    {
        // A note in brackets speaks about the entry, not about the place.
        int bracket = heading.IndexOf('(');
        string words = $" {string.Join(' ', TitleText.Words(bracket > 0 ? heading[..bracket] : heading))} ";
        foreach ((string phrase, string leaf) in table)
        {
            if (words.Contains($" {phrase} ", StringComparison.Ordinal))
            {
                return leaf;
            }
        }

        return null;
    }
}
