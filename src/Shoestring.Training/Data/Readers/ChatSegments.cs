using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Cuts a conversation, as a chat template writes it, into what is given and what the assistant says. An answer is learned
/// through the text that ends its turn; what the template puts after that is given. Prompt and answer are divided where they
/// are in use: before each answer stands exactly what the model is prompted with.
/// </summary>
static class ChatSegments
{
    /// <exception cref="InputException">The template does not write these messages, or no answer is among them.</exception>
    public static IReadOnlyList<TextSegment> Of(ChatTemplate template, IReadOnlyList<ChatMessage> messages, string where)
    {
        List<TextSegment> segments = [];
        string written = "";
        for (int turn = 0; turn < messages.Count; turn++)
        {
            if (messages[turn].Role == "assistant" && turn > 0)
            {
                string prompt = Apply(template, messages.Take(turn), opensAnswer: true, where);
                string whole = Apply(template, messages.Take(turn + 1), opensAnswer: false, where);
                Add(segments, After(prompt, written, where), isTarget: false);
                AddAnswer(segments, After(whole, prompt, where), template.StopTexts);
                written = whole;
            }
        }
        return segments.Count > 0 ? segments : throw new InputException("the assistant says nothing in it", where, "give conversations in which the assistant answers the user");
    }

    static string Apply(ChatTemplate template, IEnumerable<ChatMessage> messages, bool opensAnswer, string where)
    {
        try
        {
            return template.Apply([.. messages], opensAnswer);
        }
        catch (InputException fault)
        {
            throw new InputException(fault.What, where, fault.Cure, fault);
        }
    }

    static string After(string text, string before, string where) => text.StartsWith(before, StringComparison.Ordinal) ? text[before.Length..]
        : throw new InputException("the chat template writes an earlier turn otherwise once a later one follows", where, "use a template that only adds to what is written");

    static void AddAnswer(List<TextSegment> segments, string answer, IReadOnlyList<string> stops)
    {
        int end = answer.Length;
        foreach (string stop in stops)
        {
            int found = answer.LastIndexOf(stop, StringComparison.Ordinal);
            end = found >= 0 ? Math.Min(end, found + stop.Length) : end;
        }
        Add(segments, answer[..end], isTarget: true);
        Add(segments, answer[end..], isTarget: false);
    }

    static void Add(List<TextSegment> segments, string text, bool isTarget)
    {
        if (text.Length > 0)
        {
            segments.Add(new TextSegment(text, isTarget, HasControl: true));
        }
    }
}
