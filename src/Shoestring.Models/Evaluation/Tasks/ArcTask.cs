namespace Shoestring.Models;

/// <summary>ARC (Clark et al., arXiv 1803.05457): science questions for schools. The prompt is lm-evaluation-harness's.</summary>
sealed class ArcTask : EvaluationTask
{
    public override string Name => "arc";

    public override string Shape => """{"question":"…","choices":{"text":["…","…"],"label":["A","B"]},"answerKey":"A"}""";

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter) => Read(line, Ask(alter(line.Text("question"))));

    /// <summary>An item whose choices have labels, of which one is named as the answer.</summary>
    internal static EvaluationItem Read(ItemFields line, string context)
    {
        ItemFields choices = line.Object("choices");
        string[] texts = choices.Texts("text"), labels = choices.Texts("label");
        string key = line.Text("answerKey");
        return labels.Length != texts.Length ? throw line.Wrong($"there are {texts.Length} choices and {labels.Length} labels")
            : Array.IndexOf(labels, key) is >= 0 and int answer ? Choose(line, context, texts, answer)
            : throw line.Wrong($"the answer '{Names.Printable(key)}' is none of the labels");
    }
}
