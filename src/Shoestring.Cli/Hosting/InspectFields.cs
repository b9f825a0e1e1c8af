namespace Shoestring.Cli;

/// <summary>A model's facts in JSON.</summary>
static class InspectFields
{
    /// <summary>Writes the document's fields.</summary>
    public static void Write(Utf8JsonWriter writer, ModelFacts facts)
    {
        writer.WriteString("path", facts.Path);
        writer.WriteString("architecture", facts.Architecture);
        writer.WriteNumber("parameters", facts.Parameters);
        writer.WriteNumber("storedElements", facts.StoredElements);
        writer.WriteNumber("fileBytes", facts.FileBytes);
        writer.Number("flopsPerToken", facts.FlopsPerToken.Value);
        writer.Number("kvBytesPerToken", facts.KvBytesPerToken.Value);
        writer.Number("contextLength", facts.ContextLength);
        writer.Number("neededBytes", facts.NeededBytes);
        writer.WriteNumber("availableBytes", facts.AvailableBytes);
        writer.WriteBoolean("fits", facts.Fits);
        writer.Object("metadata", () =>
        {
            foreach ((string key, string value) in facts.Metadata)
            {
                writer.WriteString(key, value);
            }
        });
        writer.Objects("tensors", facts.Tensors, tensor =>
        {
            writer.WriteString("name", tensor.Name);
            writer.Array("shape", Enumerable.Range(0, tensor.Shape.Rank), axis => writer.WriteNumberValue(tensor.Shape[axis]));
            writer.WriteString("type", tensor.Format.Name());
            writer.WriteNumber("bytes", tensor.Bytes);
            writer.WriteNumber("storedBytes", tensor.CodedBytes ?? tensor.Bytes);
            writer.WriteBoolean("entropyCoded", tensor.CodedBytes is not null);
        });
    }
}
