namespace Shoestring.Cli;

/// <summary>A model's facts for people.</summary>
static class InspectText
{
    const int LongestValue = 100;

    /// <summary>Writes a summary, the metadata and the tensors.</summary>
    public static void Write(TextWriter output, Host host, ModelFacts facts)
    {
        output.WriteLine(facts.Path);
        Summary(facts).Write(output, host);
        output.WriteLine();
        if (facts.Metadata.Count > 0)
        {
            var metadata = new TextTable("Metadata", "");
            foreach ((string key, string value) in facts.Metadata)
            {
                metadata.Row(key, Short(value));
            }

            metadata.Write(output, host);
            output.WriteLine();
        }

        var tensors = new TextTable("Tensor", "Shape", "Type", ">Bytes");
        foreach (TensorEntry tensor in facts.Tensors)
        {
            string stored = tensor.CodedBytes is { } coded ? string.Create(CultureInfo.InvariantCulture, $"{tensor.Bytes} (coded: {coded})") : tensor.Bytes.ToString(CultureInfo.InvariantCulture);
            tensors.Row(tensor.Name, tensor.Shape.ToString(), tensor.Format.Name(), stored);
        }

        tensors.Write(output, host);
    }

    static TextTable Summary(ModelFacts facts)
    {
        string formats = string.Join(", ", facts.Tensors.GroupBy(tensor => tensor.Format).OrderByDescending(group => group.Sum(tensor => tensor.Bytes))
            .Select(group => $"{group.Key.Name()} {FigureText.Bytes(group.Sum(tensor => (double)tensor.Bytes))}"));
        return new TextTable("", "")
            .Row("architecture", facts.Architecture)
            .Row("parameters", Parameters(facts))
            .Row("file", FigureText.Bytes(facts.FileBytes))
            .Row("formats", formats)
            .Row("context", facts.ContextLength is { } length ? $"{length} tokens" : "the file does not say")
            .Row("per token", Known(facts.FlopsPerToken, "at an empty context"))
            .Row("KV per token", Known(facts.KvBytesPerToken, "as F16"))
            .Row("fits here", $"{(facts.Fits ? "yes" : "no")}: {FigureText.Bytes(facts.NeededBytes)} for weights and the full context, of {FigureText.Bytes(facts.AvailableBytes)}");
    }

    static string Parameters(ModelFacts facts)
    {
        string count = FigureText.Format(facts.Parameters, "").TrimEnd();
        return facts.Parameters == facts.StoredElements ? $"{count} ({facts.Parameters})"
            : $"{count} ({facts.Parameters}; the file holds {facts.StoredElements}, since the output matrix is the embedding)";
    }

    static string Known(Figure figure, string note) => figure.Value is { } value ? $"{FigureText.Format(value, figure.Unit)} {note}" : $"– ({figure.How})";

    static string Short(string text)
    {
        string line = OneLine.Of(text);
        return line.Length <= LongestValue ? line : $"{line[..LongestValue]}… ({line.Length} characters)";
    }
}
