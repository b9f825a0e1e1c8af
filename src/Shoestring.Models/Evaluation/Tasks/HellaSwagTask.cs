using System.Text;

namespace Shoestring.Models;

/// <summary>
/// HellaSwag (Zellers et al., arXiv 1905.07830): how a description goes on. Context and endings are cleaned as
/// lm-evaluation-harness does it (lm_eval/tasks/hellaswag/utils.py).
/// </summary>
sealed class HellaSwagTask : EvaluationTask
{
    public override string Name => "hellaswag";

    public override string Shape => """{"ctx":"…","endings":["…","…"],"label":0}""";

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter)
    {
        string context = line.TextOrNull("ctx_a") is { } first ? $"{first} {Capitalized(line.TextOrNull("ctx_b") ?? "")}" : line.Text("ctx");
        string whole = line.TextOrNull("activity_label") is { } activity ? $"{activity}: {context}" : context;
        string[] endings = [.. line.Texts("endings").Select(Clean)];
        return Array.TrueForAll(endings, ending => ending.Length > 0)
            ? Choose(line, alter(Clean(whole)), endings, line.Index("label", endings.Length))
            : throw line.Wrong("an ending is empty but for marks in brackets");
    }

    static string Capitalized(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    // Marks in brackets are left over from the WikiHow part.
    internal static string Clean(string text) =>
        WithoutBrackets(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal)).Replace("  ", " ", StringComparison.Ordinal);

    static string WithoutBrackets(string text)
    {
        StringBuilder kept = new(text.Length);
        int from = 0;
        while (text.IndexOf('[', from) is >= 0 and int open && text.IndexOf(']', open) is >= 0 and int close)
        {
            kept.Append(text, from, open - from);
            from = close + 1;
        }
        return kept.Append(text, from, text.Length - from).ToString();
    }
}
