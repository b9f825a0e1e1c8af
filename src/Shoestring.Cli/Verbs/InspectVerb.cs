namespace Shoestring.Cli;

/// <summary>Shows what a model file holds and what running it takes.</summary>
sealed class InspectVerb : Verb
{
    readonly Argument<string?> model = ModelReference.Argument();

    public InspectVerb() : base("inspect", "Show a model's metadata, tensors, size, and what running it takes",
        new Example("shoestring inspect", "the built-in model"),
        new Example("shoestring inspect model.gguf --json", "the same as JSON, with every tensor")) => Add(model);

    public override Answer Run(Session session)
    {
        ModelReference reference = ModelReference.Of(session, model);
        using ModelFile file = reference.Open();
        ModelFacts facts = ModelFacts.Of(file);
        return new Answer(new WorkReport(new Work("inspect") { Model = reference.Name }) { Counted = new Cost { StoredBytes = file.FileBytes } },
            writer => InspectFields.Write(writer, facts))
        {
            Text = output => InspectText.Write(output, session.Host, facts),
        };
    }
}
