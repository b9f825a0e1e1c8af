using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Entries whose title speaks of another leaf of the tree than the section that they stand in.</summary>
static class SectionRules
{
    sealed record Cue(string Leaf, string[] Phrases, string[] Wrong, string Why);

    static readonly Cue[] cues =
    [
        new("Importance sampling", ["data pruning", "data efficient fine tuning"], ["Pruning", "Adapter-based", "Masking-based"], "what is pruned or chosen is training data, no weights"),
        new("Modular network", ["moe", "mixture of experts", "locmoe", "jetmoe"], ["Edge devices", "Libraries"], "it is about mixture-of-experts, not about where it runs"),
        new("Full-parameter fine-tuning", ["layerwise importance sampling"], ["Importance sampling"], "layers are sampled that learn in fine-tuning, not data"),
        new("Input pruning", ["prompt search", "prompt compression"], ["Pruning", "Quantization"], "what is pruned is the prompt, no weights"),
    ];

    public static IEnumerable<LintFinding> Find(LintContext context)
    {
        foreach (SourceEntry entry in context.Entries)
        {
            IReadOnlyList<SurveyFamily> homes = SectionHomes.Of(entry);
            string words = $" {string.Join(' ', TitleText.Words(entry.Title))} ";
            foreach (Cue cue in cues)
            {
                if (homes.Any(home => cue.Wrong.Contains(home.Name)) && homes.All(home => home.Name != cue.Leaf)
                    && cue.Phrases.FirstOrDefault(phrase => words.Contains($" {phrase} ", StringComparison.Ordinal)) is { } phrase)
                {
                    yield return LintFinding.Of("wrong-section", entry, "section", entry.Section, cue.Leaf, $"\"{phrase}\" in the title: {cue.Why}");
                }
            }
        }
    }
}
