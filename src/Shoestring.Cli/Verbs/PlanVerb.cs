using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>The receipt before the run: what a model comes to with techniques applied, and what work on it will cost here.</summary>
sealed class PlanVerb : Verb
{
    readonly Argument<string?> model = ModelReference.Argument();
    readonly TechniqueValues techniques = new("");
    readonly Option<int?> prompt = Values.Integer("--prompt-tokens", "Tokens of the prompt (default 512)", 1, 1 << 24);
    readonly Option<int?> tokens = Values.Integer("--generate-tokens", "Tokens of the answer (default 128)", 1, 1 << 24);

    public PlanVerb() : base("plan", "Tell what a model comes to with techniques applied, and what running it will cost here, before anything is done",
        new Example("shoestring plan model.gguf", "the model as it is"),
        new Example("shoestring plan model.gguf -t gptq:format=Q4_0 -t kivi:bits=4 --prompt-tokens 4096", "with techniques, and a long prompt"))
    {
        foreach (Option option in (Option[])[.. techniques.All, prompt, tokens])
        {
            Add(option);
        }

        Add(model);
    }

    public override Answer Run(Session session)
    {
        TechniqueCall[] calls = techniques.Of(session);
        ModelReference reference = ModelReference.Of(session, model);
        using ModelFile file = reference.Open();
        GgufFile gguf = file as GgufFile ?? throw new InputException("plans are made of GGUF files", file.Path, "convert it first: shoestring apply MODEL -o model.gguf");
        var work = new PlannedWork(session.Value(prompt) ?? 512, session.Value(tokens) ?? 128);
        GgufRewrite rewrite = GgufRewrite.Plan(gguf, calls);
        var plan = new ModelPlan(rewrite, reference.Name, work, MeterOptions.FromUser(session.Threads, session.Region, session.Host.Folders));
        Receipt receipt = plan.Receipt();
        string label = calls.Length == 0 ? "as given" : string.Join(" + ", calls.Select(call => call.ToString()));
        foreach (string note in rewrite.Notes)
        {
            session.Note(note);
        }

        return new Answer(new WorkReport(new Work("plan") { Model = reference.Name }), writer => Fields(writer, calls, plan, receipt))
        {
            Text = output =>
            {
                output.WriteLine($"{reference.Name}, {label}: {work.PromptTokens} prompt and {work.GeneratedTokens} generated tokens, planned");
                output.Write(ReceiptText.Format(receipt, session.Explain));
                output.WriteLine($"prefill {FigureText.Format(plan.PrefillTokensPerSecond)} and decode {FigureText.Format(plan.DecodeTokensPerSecond)} at the most that this machine allows");
            },
        };
    }

    static void Fields(Utf8JsonWriter writer, TechniqueCall[] calls, ModelPlan plan, Receipt receipt)
    {
        writer.Strings("techniques", calls.Select(call => call.ToString()));
        writer.Receipt("predicted", receipt);
        writer.Number("prefillTokensPerSecond", plan.PrefillTokensPerSecond.Value);
        writer.Number("decodeTokensPerSecond", plan.DecodeTokensPerSecond.Value);
    }
}
