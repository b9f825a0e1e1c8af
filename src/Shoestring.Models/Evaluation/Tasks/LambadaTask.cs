namespace Shoestring.Models;

/// <summary>
/// LAMBADA (Paperno et al., arXiv 1606.06031) as OpenAI prepared it (Radford et al. 2019, §3.3): the last word of a passage must be
/// what greedy decoding writes. The word is what follows the last space.
/// </summary>
sealed class LambadaTask : EvaluationTask
{
    public override string Name => "lambada";

    public override string Shape => """{"text":"…"}""";

    public override EvaluationRule Rule => EvaluationRule.GreedyContinuation;

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter)
    {
        string text = line.Text("text").TrimEnd();
        int space = text.LastIndexOf(' ');
        return space > 0
            ? new EvaluationItem("", new Alternatives(line.Where, [new Continuation(alter(text[..space]), text[space..])]), 0)
            : throw line.Wrong("the text has no word before its last one");
    }
}
