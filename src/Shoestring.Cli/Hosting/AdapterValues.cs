using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>The option that names adapters to put on a model.</summary>
/// <param name="what">What is done with them.</param>
sealed class AdapterValues(string what = "Attach an adapter")
{
    readonly Option<string[]> adapters = Values.Texts("--adapter", $"{what}: llama.cpp's LoRA in GGUF or a PEFT folder; its difference counts SCALE times (default 1); may be given several times", "FILE[=SCALE]");

    /// <summary>The option.</summary>
    public IEnumerable<Option> All => [adapters];

    /// <summary>Whether any is named.</summary>
    public bool Any(Session session) => session.Value(adapters)!.Length > 0;

    /// <summary>Reads those that are named.</summary>
    /// <param name="session">The run.</param>
    /// <param name="model">The model that they are for.</param>
    /// <exception cref="InputException">One is missing, damaged, made for another model, or its scale is no number.</exception>
    public IReadOnlyList<(Adapter Adapter, float Strength)> Read(Session session, ModelConfiguration model) =>
        [.. session.Value(adapters)!.Select(Split).Select(one => (AdapterFiles.Read(one.Path, model), one.Strength))];

    /// <summary>Attaches those that are named.</summary>
    /// <inheritdoc cref="Read"/>
    public void Attach(Session session, LanguageModel model)
    {
        foreach ((Adapter adapter, float strength) in Read(session, model.Configuration))
        {
            model.Adapters.Attach(adapter, strength);
        }
    }

    // A path may have an equals sign of its own.
    (string Path, float Strength) Split(string text)
    {
        int sign = text.LastIndexOf('=');
        if (sign <= 0 || Path.Exists(text))
        {
            return (text, 1);
        }

        return float.TryParse(text.AsSpan(sign + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float strength) && float.IsFinite(strength)
            ? (text[..sign], strength)
            : throw new InputException($"its scale is '{text[(sign + 1)..]}'", adapters.Name, "write FILE=0.5, or the file alone");
    }
}
