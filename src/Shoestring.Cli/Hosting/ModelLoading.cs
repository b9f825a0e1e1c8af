using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Loads models to run, and tells what the user should know of them.</summary>
static class ModelLoading
{
    /// <summary>Reads a model's weights and tokenizer, and puts adapters on it.</summary>
    /// <exception cref="InputException">The model or an adapter is missing, damaged or not handled.</exception>
    public static LanguageModel Load(Session session, ModelReference reference, WorkerPool pool, AdapterValues? adapters = null)
    {
        using ModelFile file = reference.Open();
        // How the built-in one was made is in its card; a line at each command would say nothing new.
        if (reference.Path is not null && file is GgufFile gguf && RunSetup.Read(gguf.Metadata) is { Techniques.Count: > 0 } setup)
        {
            session.Note($"{reference.Name} was made with {string.Join(", ", setup.Techniques)}");
        }

        LanguageModel model = LanguageModel.Load(file, pool);
        try
        {
            adapters?.Attach(session, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
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
