using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>One prompt, one answer.</summary>
static class SingleRun
{
    /// <summary>Generates and streams the text.</summary>
    public static Answer Answer(
        Session session, LanguageModel model, WorkerPool pool, RunSettings settings, string name, Conversation conversation, string text)
    {
        int[] prompt = model.Tokenizer.Encode(conversation.Ask(text));
        ModelLoading.WarnPastTraining(session, model, settings.Reach((long)prompt.Length + settings.MaximumTokens));
        using var engine = new Engine(model, pool, settings.Engine(model, prompt.Length, 1));
        Generated generated = Generated.Stream(engine, settings.Request(prompt, conversation.Stops), session.Text, session.Cancellation);
        var work = new Work("run", prompt.Length, generated.Tokens.Count, 1) { Model = name };
        return new Answer(new WorkReport(work) { Counted = ModelWork.Counted(model, engine.Operations.Counters) }, generated.Fields)
        {
            Prediction = settings.Predict(model, prompt.Length),
        };
    }
}
