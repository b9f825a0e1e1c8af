namespace Shoestring.Models;

/// <summary>
/// WinoGrande (Sakaguchi et al., arXiv 1907.10641): which of two names a blank stands for. As lm-evaluation-harness does it, what follows
/// the blank is scored after each of the two (Trinh and Le, arXiv 1806.02847, "partial" scoring).
/// </summary>
sealed class WinograndeTask : EvaluationTask
{
    public override string Name => "winogrande";

    public override string Shape => """{"sentence":"… _ …","option1":"…","option2":"…","answer":"1"}""";

    // Both score the same text, so there is no length to normalize by.
    public override EvaluationRule Rule => EvaluationRule.LikeliestText;

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter)
    {
        string sentence = line.Text("sentence");
        int blank = sentence.IndexOf('_', StringComparison.Ordinal);
        string rest = blank < 0 ? "" : sentence[(blank + 1)..].Trim();
        if (rest.Length == 0)
        {
            throw line.Wrong("the sentence has no blank '_' with text after it");
        }
        string before = alter(sentence[..blank]);
        Continuation[] choices = [.. new[] { line.Text("option1"), line.Text("option2") }.Select(option => new Continuation(before + option, " " + rest))];
        return new EvaluationItem("", new Alternatives(line.Where, choices), line.Index("answer", 2, first: 1));
    }
}
