namespace Shoestring.Models;

/// <summary>OpenBookQA (Mihaylov et al., arXiv 1809.02789): sentences to complete. The prompt is lm-evaluation-harness's.</summary>
sealed class OpenBookQaTask : EvaluationTask
{
    public override string Name => "openbookqa";

    public override string Shape => """{"question_stem":"…","choices":{"text":["…","…"],"label":["A","B"]},"answerKey":"A"}""";

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter) => ArcTask.Read(line, alter(line.Text("question_stem")));
}
