using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Applies techniques to a model and writes the result.</summary>
sealed class ApplyVerb : Verb
{
    readonly Argument<string?> model = ModelReference.Argument();
    readonly TechniqueValues techniques = new("");
    readonly Option<string?> calibration = Values.Text("--calibration", "Text for techniques to look at the model with (default, for the built-in model: its own text)", "FILE");
    readonly Option<int?> tokens = Values.Integer("--calibration-tokens", $"Most tokens of it (default {CalibrationText.UsualTokens})", 4, 1 << 24);
    readonly Option<int?> context = Values.Integer("--context", "Tokens of a sequence of it (default: what the model was trained for, at most 512)", 4, 1 << 16, "-c");
    readonly AdapterValues adapters = new("Merge an adapter into the weights before all techniques");
    readonly Option<string?> output = Values.Text("--output", "The model to write", "OUT", "-o");

    public ApplyVerb() : base("apply", "Apply techniques to a model and write the result; without a technique, write it as GGUF",
        new Example("shoestring apply model.gguf -t quantize:format=Q4_0 -o small.gguf", "4 bits for most weights"),
        new Example("shoestring apply model.gguf -t quantize:format=Q8_0,pure=true -o half.gguf", "one format for every matrix"),
        new Example("shoestring apply model.gguf -t awq -t gptq:format=Q4_0 --calibration text.txt -o small.gguf", "several techniques, in order"),
        new Example("shoestring apply model.gguf -r recipes/gptq.json --calibration text.txt -o small.gguf", "techniques from a file"),
        new Example("shoestring apply model.gguf --adapter tuned/adapter.gguf -o merged.gguf", "an adapter merged into the weights"),
        new Example("shoestring apply folder -o model.gguf", "a folder with safetensors, or a llama2.c file, as GGUF"))
    {
        output.Required = true;
        Add(model);
        foreach (Option option in (Option[])[.. techniques.All, calibration, tokens, context, .. adapters.All, output])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        TechniqueCall[] calls = techniques.Of(session);
        ModelReference reference = ModelReference.Of(session, model);
        string path = session.Value(output)!;
        using ModelFile file = reference.Open();
        GgufRewrite writing = Merged(session, GgufRewrite.Plan(file, calls));
        CalibrationText? text = writing.NeedsCalibration ? Text(session, reference, file, writing.SourceConfiguration.ContextLength) : null;
        using var pool = new WorkerPool(session.Threads);
        GgufRewrite written = session.Track("writing", writing.IsBlockwise ? "block" : Units.Bytes,
            progress => writing.Write(path, pool, text, new RewriteAmounts(progress), session.Cancellation));
        long bytes = new FileInfo(path).Length;
        foreach (string line in written.Notes.Concat(Fallbacks(written)))
        {
            session.Note(line);
        }

        var counted = new Cost { StoredBytes = bytes };
        return new Answer(new WorkReport(new Work("apply") { Model = reference.Name }) { Counted = counted }, writer => Fields(writer, path, file, bytes, calls, written))
        {
            Prediction = new Prediction { Cost = new Cost { StoredBytes = writing.FileBytes } },
            Text = text => text.WriteLine(
                $"{path}: {FigureText.Bytes(bytes)}, {100.0 * bytes / file.FileBytes:0.#} % of {reference.Name}'s {FigureText.Bytes(file.FileBytes)}"),
        };
    }

    // What adapters change is in the weights that techniques then see.
    GgufRewrite Merged(Session session, GgufRewrite plan)
    {
        if (!adapters.Any(session))
        {
            return plan;
        }

        ModelConfiguration configuration = GgufConfiguration.Read(plan.Source, plan.SourceMetadata);
        return plan with { Source = new AdaptedFile(plan.Source, configuration, adapters.Read(session, configuration)) };
    }

    // A model whose width does not fit has a fallback in every block: one line tells of all that are alike.
    static IEnumerable<string> Fallbacks(GgufRewrite writing) =>
        writing.Fallbacks.GroupBy(fallback => (fallback.Wanted, fallback.Got, fallback.Tensor.Shape.Columns)).Select(alike => alike.Count() == 1
            ? alike.First().ToString()
            : $"{alike.Count()} tensors: {alike.Key.Got.Name()} in place of {alike.Key.Wanted.Name()}, since {alike.Key.Columns} columns are no multiple of {alike.Key.Wanted.BlockElements()}");

    // The built-in model brings a text.
    CalibrationText? Text(Session session, ModelReference reference, ModelFile file, int trained)
    {
        string? named = session.Value(calibration);
        if (named is null && reference.Path is not null)
        {
            // Without a text, what is planned names the technique that needs one.
            return null;
        }

        ScoredText text = named is null ? new ScoredText(DefaultModel.TextName, DefaultModel.Text()) : new ScoredText(named, UserFiles.ReadBytes(named));
        int length = session.Value(context) ?? Math.Clamp(trained, 4, 512);
        return CalibrationText.Cut(TokenizerFiles.Load(file), text.Text, text.Name, length, session.Value(tokens) ?? CalibrationText.UsualTokens);
    }

    static void Fields(Utf8JsonWriter writer, string path, ModelFile file, long bytes, TechniqueCall[] calls, GgufRewrite writing)
    {
        writer.WriteString("output", path);
        writer.Strings("techniques", calls.Select(call => call.ToString()));
        writer.WriteNumber("storedBytes", bytes);
        writer.WriteNumber("originalBytes", file.FileBytes);
        writer.Strings("notes", writing.Notes);
        writer.Objects("fallbacks", writing.Fallbacks, fallback =>
        {
            writer.WriteString("tensor", fallback.Tensor.Name);
            writer.WriteString("wanted", fallback.Wanted.Name());
            writer.WriteString("got", fallback.Got.Name());
        });
    }
}
