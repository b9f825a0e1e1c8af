using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Loads models to run, and tells what the user should know of them.</summary>
static class ModelLoading
{
    /// <summary>Reads a model's weights and tokenizer.</summary>
    /// <exception cref="InputException">The model is missing, damaged or not handled.</exception>
    public static LanguageModel Load(Session session, ModelReference reference, WorkerPool pool)
    {
        using ModelFile file = reference.Open();
        if (file is GgufFile gguf && RunSetup.Read(gguf.Metadata) is { Techniques.Count: > 0 } setup)
        {
            session.Note($"{reference.Name} was made with {string.Join(", ", setup.Techniques)}");
        }

        return LanguageModel.Load(file, pool);
    }

    /// <summary>Warns of work that goes past the length that a model was trained for.</summary>
    public static void WarnPastTraining(Session session, LanguageModel model, int positions)
    {
        if (positions > model.Configuration.ContextLength)
        {
            session.Warn($"{positions} positions are more than the {model.Configuration.ContextLength} that the model was trained for; expect worse text past those");
        }
    }
}
