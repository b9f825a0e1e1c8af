using System.Text;
using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Many prompts, several at once; the answers come out as JSON Lines in the prompts' order.</summary>
sealed class BatchRun(Session session, LanguageModel model, WorkerPool pool, RunSettings settings, string name)
{
    const int Sequences = 16;

    // A sample's prompt is short, and of many sequences the model's weights are read once a step.
    const int Samples = 64;

    readonly SortedDictionary<int, (string Prompt, Generated Answer)> finished = [];
    long promptTokens, generatedTokens;
    int written;

    /// <summary>Where samples are written, the number of the first, which its random numbers depend on: runs that follow each other give what one gives. Null for answers.</summary>
    public int? FirstSample { get; init; }

    bool IsSampling => FirstSample is not null;

    int Number(int index) => (FirstSample ?? 0) + index;

    /// <summary>Runs all prompts.</summary>
    public Answer Run(IReadOnlyList<string> prompts, Func<Conversation> begin) => Run(prompts, [.. prompts.Select(prompt => Encode(begin(), prompt))], Sequences);

    /// <summary>Many answers to one prompt, or to none: what the model writes of its own accord.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    /// <param name="count">How many.</param>
    /// <param name="begin">Begins a conversation.</param>
    /// <exception cref="InputException">There is no prompt, and the model has no token to begin a text with.</exception>
    public Answer Sample(string? prompt, int count, Func<Conversation> begin)
    {
        (int[] Tokens, IReadOnlyList<string> Stops) one = prompt is null ? (model.Tokenizer.Encode(""), []) : Encode(begin(), prompt);
        if (one.Tokens.Length == 0)
        {
            throw new InputException("the model has no token that begins a text", "--samples", "give a prompt with -p");
        }

        return Run([.. Enumerable.Repeat(prompt ?? "", count)], [.. Enumerable.Repeat(one, count)], Samples);
    }

    Answer Run(IReadOnlyList<string> prompts, (int[] Tokens, IReadOnlyList<string> Stops)[] encoded, int sequences)
    {
        int longest = encoded.Max(prompt => prompt.Tokens.Length);
        ModelLoading.WarnPastTraining(session, model, settings.Reach((long)longest + settings.MaximumTokens));
        using var engine = new Engine(model, pool, settings.Engine(model, encoded.Take(sequences).Sum(prompt => prompt.Tokens.Length), Math.Min(sequences, prompts.Count)));
        session.Track(IsSampling ? "sampling" : "answering", IsSampling ? "sample" : "prompt", progress => Drain(engine, prompts, encoded, sequences, progress));
        var work = new Work("run", promptTokens, generatedTokens, prompts.Count) { Model = name };
        return new Answer(new WorkReport(work) { Counted = ModelWork.Counted(model, engine.Operations.Counters) }, writer =>
        {
            writer.WriteNumber("prompts", prompts.Count);
            writer.WriteNumber("answers", written);
        });
    }

    (int[] Tokens, IReadOnlyList<string> Stops) Encode(Conversation conversation, string prompt) =>
        (model.Tokenizer.Encode(conversation.Ask(prompt)), conversation.Stops);

    bool Drain(Engine engine, IReadOnlyList<string> prompts, (int[] Tokens, IReadOnlyList<string> Stops)[] encoded, int sequences, IProgress<Amount> progress)
    {
        var running = new List<(int Index, Generation Generation, StringBuilder Text)>();
        int next = 0;
        while ((next < encoded.Length || running.Count > 0) && !session.Cancellation.IsCancellationRequested)
        {
            for (; next < encoded.Length && running.Count < Math.Min(sequences, encoded.Length); next++)
            {
                running.Add((next, engine.Submit(Request(encoded[next], Number(next))), new StringBuilder()));
            }

            engine.Step();
            running.RemoveAll(one => Collect(prompts, one.Index, one.Generation, one.Text));
            progress.Report(new Amount(written, prompts.Count));
        }

        foreach ((_, Generation generation, _) in running)
        {
            engine.Cancel(generation);
            generation.Dispose();
        }

        return true;
    }

    // Where a model begins its texts with a token and has none to end them (llama2.c's), the next beginning is the end.
    GenerationRequest Request((int[] Tokens, IReadOnlyList<string> Stops) prompt, int number)
    {
        GenerationRequest request = settings.Request(prompt.Tokens, prompt.Stops, number);
        return IsSampling && model.Tokenizer.Bos is { } beginning ? request with { StopTokens = [beginning] } : request;
    }

    bool Collect(IReadOnlyList<string> prompts, int index, Generation generation, StringBuilder text)
    {
        while (generation.TryRead(out GeneratedPiece piece))
        {
            text.Append(piece.Text);
        }

        if (generation.Stop == StopReason.None)
        {
            return false;
        }

        Generated answer = Generated.Of(generation, text.ToString());
        generation.Dispose();
        promptTokens += answer.Prompt;
        generatedTokens += answer.Tokens.Count;
        finished.Add(index, (prompts[index], answer));
        Flush();
        return true;
    }

    // JSON Lines are the answer with --json too; its document only follows them.
    void Flush()
    {
        while (finished.Remove(written, out (string Prompt, Generated Answer) next))
        {
            int index = written++;
            session.Host.Output.WriteLine(JsonAnswer.Document(writer =>
            {
                writer.WriteNumber("index", Number(index));
                if (IsSampling)
                {
                    // The whole text, ready to be trained on.
                    writer.WriteString("text", next.Prompt + next.Answer.Text);
                    writer.WriteString("stopReason", next.Answer.StopName);
                    return;
                }

                writer.WriteString("prompt", next.Prompt);
                next.Answer.Fields(writer);
            }));
            session.Host.Output.Flush();
        }
    }
}
