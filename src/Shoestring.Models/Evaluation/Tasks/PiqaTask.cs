namespace Shoestring.Models;

/// <summary>PIQA (Bisk et al., arXiv 1911.11641): which of two ways reaches a goal. The prompt is lm-evaluation-harness's.</summary>
sealed class PiqaTask : EvaluationTask
{
    public override string Name => "piqa";

    public override string Shape => """{"goal":"…","sol1":"…","sol2":"…","label":0}""";

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter) =>
        Choose(line, Ask(alter(line.Text("goal"))), [line.Text("sol1"), line.Text("sol2")], line.Index("label", 2));
}
