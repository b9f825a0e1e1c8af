namespace Shoestring.Models;

/// <summary>Multiple choice of one's own: a question, or a context as it stands, and choices of which one is right, by its place or its text.</summary>
sealed class MultipleChoiceTask : EvaluationTask
{
    public override string Name => "multiple-choice";

    public override string Shape => """{"question":"…","choices":["…","…"],"answer":0} or with "context" in place of "question" """.TrimEnd();

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter)
    {
        string context = line.TextOrNull("context") is { } given ? alter(given) : Ask(alter(line.Text("question")));
        string[] choices = line.Texts("choices");
        return Choose(line, context, choices, Answer(line, choices));
    }

    // Text first: among choices that are numbers, an answer in quotes is one of them and no place.
    static int Answer(ItemFields line, string[] choices) =>
        line.IsText("answer") && Array.IndexOf(choices, line.Text("answer")) is >= 0 and int place ? place
            : line.IsText("answer") ? throw line.Wrong($"the answer '{Names.Printable(line.Text("answer"))}' is none of the choices")
            : line.Index("answer", choices.Length);
}
