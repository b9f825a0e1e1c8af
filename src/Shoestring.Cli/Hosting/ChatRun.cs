using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>A conversation, line by line, until an empty line or the end of the input.</summary>
sealed class ChatRun(Session session, LanguageModel model, WorkerPool pool, RunSettings settings, string name)
{
    readonly List<Generated> turns = [];

    /// <summary>Answers line after line.</summary>
    public Answer Run(Conversation conversation)
    {
        session.Note(conversation.IsChat
            ? $"chatting with {name}; an empty line ends it"
            : $"{name} has no chat template and goes on from what you write; an empty line ends it");
        using var engine = new Engine(model, pool, settings.Engine(model, int.MaxValue, 1));
        while (!session.Cancellation.IsCancellationRequested && NextLine() is { Length: > 0 } line)
        {
            conversation.Answered(Turn(engine, conversation, line));
        }

        var work = new Work("run", turns.Sum(turn => (long)turn.Prompt), turns.Sum(turn => (long)turn.Tokens.Count), 1) { Model = name };
        return new Answer(new WorkReport(work) { Counted = ModelWork.Counted(model, engine.Operations.Counters) }, Fields);
    }

    string Turn(Engine engine, Conversation conversation, string line)
    {
        int[] prompt = model.Tokenizer.Encode(conversation.Ask(line));
        ModelLoading.WarnPastTraining(session, model, settings.Reach(prompt.Length));
        Generated generated = Generated.Stream(engine, settings.Request(prompt, conversation.Stops, turns.Count), session.Text, session.Cancellation);
        turns.Add(generated);
        return generated.Text;
    }

    string? NextLine()
    {
        if (session.Host.InputIsTerminal)
        {
            session.Host.Error.Write("> ");
        }

        // Reading a terminal cannot be cancelled, so another thread waits for it and Ctrl-C ends the wait.
        var reading = Task.Run(session.Host.Input.ReadLine);
        try
        {
            reading.Wait(session.Cancellation);
            return reading.Result;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    // The last answer stands where a single answer would; all of them follow.
    void Fields(Utf8JsonWriter writer)
    {
        (turns.LastOrDefault() ?? new Generated(0, "", [], StopReason.None, null, TimeSpan.Zero)).Fields(writer);
        writer.Objects("turns", turns, turn => turn.Fields(writer));
    }
}
