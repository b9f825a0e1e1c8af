using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Generates text: for a prompt, in a chat, or for a file of prompts.</summary>
sealed class RunVerb : Verb
{
    const int UsualTokens = 128;

    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<string?> prompt = Values.Text("--prompt", "The prompt; without one, chat line by line", "TEXT", "-p");
    readonly Option<string?> file = Values.Text("--file", "A file with the prompt; - is standard input", "FILE", "-f");
    readonly Option<string?> prompts = Values.Text("--prompts", "A file with a prompt on each line (plain, or JSON with \"prompt\"); answers come as JSON Lines", "FILE");
    readonly Option<int?> samples = Values.Integer("--samples", "Write so many answers to the prompt, or texts without one, as JSON Lines to train on", 1, 1 << 24);
    readonly Option<int?> first = Values.Integer("--first-sample", "Number of the first sample, to go on with more (default 0)", 0, 1 << 24);
    readonly Option<int?> tokens = Values.Integer("--tokens", $"Most tokens to generate (default {UsualTokens})", 1, 1 << 24, "-n");
    readonly Option<int?> context = Values.Integer("--context", "Positions that a text may fill, prompt included (default: as many as it needs)", 2, 1 << 24, "-c");
    readonly Option<bool> shift = Values.Flag("--context-shift", "When the context is full, forget its older half and go on");
    readonly KvValues kv = new();
    readonly Option<string[]> stops = Values.Texts("--stop", "End the answer before this text; may be given several times", "TEXT");
    readonly Option<string?> system = Values.Text("--system", "What the system says before the conversation", "TEXT");
    readonly Option<string?> template = Values.Text("--chat-template", $"Template to use in place of the model's own: {string.Join(", ", ChatTemplate.Names)}", "NAME");
    readonly Option<bool> raw = Values.Flag("--raw", "Take the prompt as it is, without the model's chat template");
    readonly SamplingValues sampling = new();
    readonly AdapterValues adapters = new();

    public RunVerb() : base("run", "Generate text: for a prompt, in a chat, or for a file of prompts",
        new Example("shoestring run -p \"Once upon a time\" -n 64", "with the built-in model"),
        new Example("shoestring run model.gguf", "chat; an empty line or Ctrl-D ends it"),
        new Example("shoestring run model.gguf -p \"Once upon a time\" --temp 0 --json", "the likeliest text, tokens and receipt as JSON"),
        new Example("shoestring run model.gguf -p \"Once upon a time\" -n 4000 --sinks 4 --kv-window 252", "a long text in constant memory"),
        new Example("shoestring run model.gguf --adapter tuned/adapter.gguf -p \"Once upon a time\"", "as it was tuned"),
        new Example("shoestring run model.gguf --prompts questions.txt > answers.jsonl", "many prompts at once"),
        new Example("shoestring run teacher.gguf --samples 20000 -n 255 --top-k 0 --top-p 1 --min-p 0.02 > samples.jsonl", "a text to train a smaller model on"))
    {
        Add(model);
        foreach (Option option in (Option[])[prompt, file, prompts, samples, first, tokens, context, shift, .. kv.All, stops, system, template, raw, .. sampling.All, .. adapters.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        CheckSources(session);
        RunSettings settings = Settings(session);
        string? text = session.Value(prompt) is null && session.Value(file) is null ? null : PromptText.Of(session, session.Value(prompt), session.Value(file));
        IReadOnlyList<string>? lines = session.Value(prompts) is { } path ? PromptLines.Read(path) : null;
        ModelReference reference = ModelReference.Of(session, model);
        using var pool = new WorkerPool(session.Threads);
        using LanguageModel loaded = ModelLoading.Load(session, reference, pool, adapters);
        settings = settings with { Cache = kv.Of(session, loaded) };
        Conversation Begin() => new(loaded.Tokenizer, session.Value(raw), session.Value(template), session.Value(system));
        return lines is not null ? new BatchRun(session, loaded, pool, settings, reference.Name).Run(lines, Begin)
            : session.Value(samples) is { } count ? new BatchRun(session, loaded, pool, settings, reference.Name) { FirstSample = session.Value(first) ?? 0 }.Sample(text, count, Begin)
            : text is not null ? SingleRun.Answer(session, loaded, pool, settings, reference.Name, Begin(), text)
            : new ChatRun(session, loaded, pool, settings, reference.Name).Run(Begin());
    }

    void CheckSources(Session session)
    {
        int given = ((string?[])[session.Value(prompt), session.Value(file), session.Value(prompts)]).Count(source => source is not null);
        if (session.Value(samples) is not null && session.Value(prompts) is not null)
        {
            throw new InputException("a file of prompts has one answer for each", "--samples", "give one prompt with -p, or none");
        }

        if (session.Value(first) is not null && session.Value(samples) is null)
        {
            throw new InputException("nothing is sampled", "--first-sample", "give --samples N");
        }

        if (given > 1)
        {
            throw new InputException($"{given} prompts are given", "run", "give one of -p, --file and --prompts");
        }
    }

    RunSettings Settings(Session session) => new()
    {
        MaximumTokens = session.Value(tokens) ?? UsualTokens,
        Context = session.Value(context),
        Cache = kv.Of(session),
        Sampling = sampling.Of(session),
        Stops = [.. session.Value(stops)!.Where(stop => stop.Length > 0)],
        Shift = session.Value(shift),
    };
}
