using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Shoestring.Cli;

/// <summary>The JSON document of an answer: the verb's fields, then the receipt.</summary>
static class JsonAnswer
{
    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the document as one line.</summary>
    public static void WriteLine(TextWriter output, Answer answer, Receipt receipt) => output.WriteLine(answer.Document?.Invoke(receipt) ?? Document(writer =>
    {
        answer.Fields(writer);
        writer.Receipt("receipt", receipt);
    }));

    /// <summary>An object as compact text.</summary>
    public static string Document(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A receipt as a field.</summary>
    public static void Receipt(this Utf8JsonWriter writer, string name, Receipt receipt)
    {
        writer.WritePropertyName(name);
        JsonSerializer.Serialize(writer, receipt, ReceiptJson.Plain.ReceiptInfo);
    }

    /// <summary>A number as a field; what is no finite number is null, since JSON has no other word for it.</summary>
    public static void Number(this Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    /// <summary>An object as a field.</summary>
    public static void Object(this Utf8JsonWriter writer, string name, Action fields)
    {
        writer.WriteStartObject(name);
        fields();
        writer.WriteEndObject();
    }

    /// <summary>An array as a field.</summary>
    public static void Array<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }

    /// <summary>An array of objects as a field.</summary>
    public static void Objects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> fields) =>
        writer.Array(name, items, item =>
        {
            writer.WriteStartObject();
            fields(item);
            writer.WriteEndObject();
        });

    /// <summary>An array of strings as a field.</summary>
    public static void Strings(this Utf8JsonWriter writer, string name, IEnumerable<string> items) => writer.Array(name, items, writer.WriteStringValue);
}
